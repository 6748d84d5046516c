import EventLoop
import Glibc
import Synchronization
import TestSupport
import Transport

/// Keeps the sockets that a listener accepts, and closes them in `deinit`.
final class AcceptedSockets: Sendable {
  private let sockets = Mutex<[Socket]>([])

  deinit { for socket in sockets.withLock({ $0 }) { socket.close() } }

  var count: Int { sockets.withLock { $0.count } }
  func take(_ socket: Socket) { sockets.withLock { $0.append(socket) } }

  /// Drops the sockets, which the test then closes itself.
  func forget() { sockets.withLock { $0.removeAll() } }

  /// The first socket, once there is one.
  func next() async -> Socket? {
    _ = await eventually { self.count > 0 }
    return sockets.withLock { $0.first }
  }
}

/// Takes every descriptor that the process may still open.
final class Hoard: Sendable {
  private static let limit = 256
  private let state = Mutex<(descriptors: [Int32], limits: rlimit)>(([], rlimit()))

  func takeAll() {
    state.withLock { state in
      var limits = rlimit()
      getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limits)
      state.limits = limits
      limits.rlim_cur = min(limits.rlim_cur, rlim_t(Self.limit))
      setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limits)
      while case let descriptor = dup(0), descriptor >= 0 { state.descriptors.append(descriptor) }
    }
  }

  func giveBack() {
    state.withLock { state in
      for descriptor in state.descriptors { close(descriptor) }
      state.descriptors = []
      setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &state.limits)
    }
  }
}

/// Runs a body with a running loop.
func withLoop<Result>(_ body: (EventLoop) async throws -> Result) async throws -> Result {
  let loop = try EventLoop.make(name: "test")
  loop.start()
  defer { loop.stop() }
  return try await body(loop)
}

extension Socket {
  /// Writes text once.
  func write(_ text: String) throws -> WriteOutcome {
    let bytes = Array(text.utf8)
    return try bytes.withUnsafeBytes { try write($0) }
  }

  /// Reads at most that many bytes as text.
  func read(into limit: Int) throws -> (ReadOutcome, String) {
    var buffer = [UInt8](repeating: 0, count: limit)
    let outcome = try buffer.withUnsafeMutableBytes { try read(into: $0) }
    guard case .bytes(let count) = outcome else { return (outcome, "") }
    return (outcome, String(decoding: buffer[..<count], as: UTF8.self))
  }
}
