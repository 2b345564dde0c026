# Debian's packages of single OpenCV modules come without a CMake package. Gives OpenCV::<component> for each component.
find_path(OpenCV_INCLUDE_DIR opencv2/core.hpp PATH_SUFFIXES opencv4)
if(OpenCV_INCLUDE_DIR)
  file(STRINGS ${OpenCV_INCLUDE_DIR}/opencv2/core/version.hpp lines REGEX "#define CV_VERSION_(MAJOR|MINOR|REVISION) ")
  string(REGEX REPLACE "[^0-9]+" "." OpenCV_VERSION "${lines}")
  string(REGEX REPLACE "^\\.|\\.$" "" OpenCV_VERSION "${OpenCV_VERSION}")
endif()

foreach(component IN LISTS OpenCV_FIND_COMPONENTS)
  find_library(OpenCV_${component}_LIBRARY opencv_${component})
  if(OpenCV_${component}_LIBRARY)
    set(OpenCV_${component}_FOUND TRUE)
    if(NOT TARGET OpenCV::${component})
      add_library(OpenCV::${component} UNKNOWN IMPORTED)
      set_target_properties(OpenCV::${component} PROPERTIES IMPORTED_LOCATION ${OpenCV_${component}_LIBRARY}
                                                            INTERFACE_INCLUDE_DIRECTORIES ${OpenCV_INCLUDE_DIR})
    endif()
  endif()
endforeach()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(OpenCV REQUIRED_VARS OpenCV_INCLUDE_DIR VERSION_VAR OpenCV_VERSION HANDLE_COMPONENTS)
