/// How a client makes sure that it speaks to the server it means.
package enum TLSVerification: Sendable, Hashable {
  /// Not at all: whoever answers is believed. It keeps listeners out, and nobody who can answer in the server's place.
  case none
  /// The certificate must be valid, signed by one of the authorities in the PEM file (nil: the system's), and made out
  /// to the server's name or address.
  case full(authorityFile: String?)
}
