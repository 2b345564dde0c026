#include "actors/presence.hpp"

namespace mdai::presence {

metric sessions{metric::kind::gauge, "mdai_sessions_active", "Sessions that are open, or whose result is on its way"};
metric mobiles{metric::kind::gauge, "mdai_links", "Authenticated sockets", {{"party", "mobile"}}};
metric devices{metric::kind::gauge, "mdai_links", "Authenticated sockets", {{"party", "device"}}};
metric pairs{metric::kind::gauge, "mdai_pairs", "Sessions with both parties connected"};
metric multi_scanned{metric::kind::counter, "mdai_sessions_multi_scanned_total",
                     "Sessions that more than one device has scanned"};

} // namespace mdai::presence
