// The sealed result: base64(IV of 16 bytes || AES-256-CBC with PKCS#7), under the SHA-256 of the secret.

/** Opens it; throws an Error with a sentence for people when the secret is another one. */
export async function openResult(sealed, secret) {
  const bytes = Uint8Array.from(atob(sealed.encrypted_payload), (c) => c.charCodeAt(0));
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(secret));
  const key = await crypto.subtle.importKey('raw', digest, 'AES-CBC', false, ['decrypt']);
  try {
    const plain = await crypto.subtle.decrypt({name: 'AES-CBC', iv: bytes.subarray(0, 16)}, key, bytes.subarray(16));
    return JSON.parse(new TextDecoder('utf-8', {fatal: true}).decode(plain));
  } catch {
    throw new Error('This is not the secret that the result is sealed with.');
  }
}
