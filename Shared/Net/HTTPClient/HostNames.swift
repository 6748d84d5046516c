import Clock
import Dispatch
import EventLoop
import Glibc
import Synchronization

/// Looks a host up, and returns its addresses in numbers (`192.0.2.1`, `2001:db8::1`); none for an unknown name. It may
/// block.
package typealias HostLookUp = @Sendable (_ host: String) -> [String]

/// Finds the addresses of a host within a deadline.
///
/// `getaddrinfo(3)` has no deadline: with name servers that do not answer it takes up to half a minute (resolv.conf(5)),
/// and whose name servers these are is the choice of who registered the name. A look-up therefore runs on a thread of its
/// own, and a request that can wait no longer abandons it.
enum HostNames {
  /// The most look-ups at once, with the abandoned ones: four for each delivery of webhooks that may run. Further ones
  /// wait, up to their deadline.
  private static let maximumLookUps = 256
  private static let threads = OffloadQueue(
    name: "host-names", concurrency: maximumLookUps, queueLimit: 1024, waitLimitMilliseconds: 60_000)

  /// Blocks until the addresses are found, or the deadline has passed.
  static func addresses(
    of host: String, by lookUp: @escaping HostLookUp, until deadline: Deadline
  ) throws(HTTPClientError) -> [String] {
    let numeric = system(host, flags: AI_NUMERICHOST)
    if !numeric.isEmpty { return numeric }
    let answer = Answer()
    let task = Task.detached { answer.set(try? await threads.run { lookUp(host) }) }
    guard let addresses = answer.wait(until: deadline) else {
      task.cancel()
      throw .unresolved(host: host)
    }
    if addresses.isEmpty { throw .unknownHost(host) }
    return addresses
  }

  /// What the system's resolver finds.
  static func system(_ host: String, flags: Int32 = 0) -> [String] {
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    hints.ai_flags = flags
    var found: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo(host, nil, &hints, &found) == 0, let first = found else { return [] }
    defer { freeaddrinfo(first) }
    return sequence(first: first) { $0.pointee.ai_next }.compactMap { text(of: $0.pointee) }
  }

  /// The address in numbers; nil for a family other than IPv4 and IPv6.
  private static func text(of address: addrinfo) -> String? {
    let bytes = [CChar](unsafeUninitializedCapacity: Int(NI_MAXHOST)) { buffer, count in
      let result = getnameinfo(
        address.ai_addr, address.ai_addrlen, buffer.baseAddress, socklen_t(buffer.count), nil, 0,
        NI_NUMERICHOST)
      count = result == 0 ? buffer.baseAddress.map { strlen($0) } ?? 0 : 0
    }
    return bytes.isEmpty ? nil : String(decoding: bytes.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  /// What a look-up found, for a thread that waits for it.
  private final class Answer: Sendable {
    private let addresses = Mutex<[String]?>(nil)
    private let isThere = DispatchSemaphore(value: 0)

    func set(_ found: [String]?) {
      addresses.withLock { $0 = found }
      isThere.signal()
    }

    /// Nil where there was no answer in time, or no thread for the look-up.
    func wait(until deadline: Deadline) -> [String]? {
      guard let milliseconds = deadline.remainingMilliseconds else { return nil }
      guard isThere.wait(timeout: .now() + .milliseconds(Int(milliseconds))) == .success else { return nil }
      return addresses.withLock { $0 }
    }
  }
}
