import Glibc

/// An address in the form of the system calls.
struct AddressStorage {
  private var storage = sockaddr_storage()
  private(set) var length: socklen_t

  var family: Int32 { Int32(storage.ss_family) }

  /// Passes the address to a system call.
  func withPointer<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
    withUnsafePointer(to: storage) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, length) }
    }
  }

  /// Makes storage that a system call fills; nil when the call fails.
  init?(filledBy body: (UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Int32) {
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    let result = withUnsafeMutablePointer(to: &storage) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, &length) }
    }
    guard result == 0 else { return nil }
    self.length = length
  }

  /// Copies an address of the given type.
  init<Address>(_ address: Address) {
    length = socklen_t(MemoryLayout<Address>.size)
    withUnsafeMutableBytes(of: &storage) { target in
      withUnsafeBytes(of: address) { target.copyMemory(from: $0) }
    }
  }

  /// The address as host and port, or nil for a family other than IPv4 and IPv6.
  var address: SocketAddress? {
    switch family {
    case AF_INET:
      let address = read(sockaddr_in.self)
      return Self.text(AF_INET, address.sin_addr, INET_ADDRSTRLEN).map {
        SocketAddress(host: $0, port: UInt16(bigEndian: address.sin_port))
      }
    case AF_INET6:
      let address = read(sockaddr_in6.self)
      return Self.text(AF_INET6, address.sin6_addr, INET6_ADDRSTRLEN).map {
        SocketAddress(host: $0, port: UInt16(bigEndian: address.sin6_port))
      }
    default:
      return nil
    }
  }

  private func read<Address>(_ type: Address.Type) -> Address {
    withUnsafeBytes(of: storage) { $0.load(as: type) }
  }

  /// The text of an address of this family; nil where the system has none for it.
  static func text<Address>(_ family: Int32, _ address: Address, _ capacity: Int32) -> String? {
    let bytes = withUnsafePointer(to: address) { pointer in
      [CChar](unsafeUninitializedCapacity: Int(capacity)) { buffer, count in
        guard let start = buffer.baseAddress,
          inet_ntop(family, pointer, start, socklen_t(capacity)) != nil
        else { return }
        count = strlen(start)
      }
    }
    return bytes.isEmpty ? nil : String(decoding: bytes.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}

extension SocketAddress {
  /// The form for system calls, when the host is an address.
  var storage: AddressStorage? {
    var version4 = sockaddr_in()
    if inet_pton(AF_INET, host, &version4.sin_addr) == 1 {
      version4.sin_family = sa_family_t(AF_INET)
      version4.sin_port = port.bigEndian
      return AddressStorage(version4)
    }
    var version6 = sockaddr_in6()
    if inet_pton(AF_INET6, host, &version6.sin6_addr) == 1 {
      version6.sin6_family = sa_family_t(AF_INET6)
      version6.sin6_port = port.bigEndian
      return AddressStorage(version6)
    }
    return nil
  }
}
