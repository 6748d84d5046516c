import HTTP
import Transport

/// Where a request comes from, as far as a client cannot choose it: its IPv4 address, or the /64 network of its IPv6
/// address, of which one subscriber has every address.
enum ClientSource {
  private static let networkBytes = 8
  private static let mappedPrefix: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]

  /// A name of the source for keys of the cache.
  static func name(of request: borrowing Request) -> String {
    guard let address = request.remoteAddress, let bytes = AddressRange.bytes(of: address) else {
      return "unknown"
    }
    let significant = bytes.starts(with: mappedPrefix) ? bytes[12...] : bytes[..<networkBytes]
    return significant.map(String.init).joined(separator: ".")
  }
}
