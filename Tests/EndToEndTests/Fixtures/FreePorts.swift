import Foundation

/// Free ports on loopback.
enum FreePorts {
  /// Returns the first of `count` consecutive free ports. The search starts at random places, so that two fleets do
  /// not collide.
  static func consecutive(_ count: Int) throws -> Int {
    for _ in 0..<200 {
      let first = Int.random(in: 12_000..<19_000)
      if (first..<first + count).allSatisfy(isFree) { return first }
    }
    throw Program.Failure("found no \(count) consecutive free ports on 127.0.0.1")
  }

  private static func isFree(_ port: Int) -> Bool {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = UInt16(port).bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    return withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
      }
    }
  }
}
