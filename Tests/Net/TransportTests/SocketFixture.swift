import EventLoop
import Foundation
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

/// A listener in a process that has no descriptor left, with a client in the kernel's queue.
final class Shortage: Sendable {
  let sockets = AcceptedSockets()
  let hoard = Hoard()
  let listener: Listener
  private let client: Socket
  private let pauses: Pauses

  private final class Pauses: Sendable {
    let count = Mutex(0)
  }

  /// How often the listener has reported it.
  var reported: Int { pauses.count.withLock { $0 } }

  init() throws {
    let (sockets, pauses) = (sockets, Pauses())
    self.pauses = pauses
    listener = try Listener(on: .loopback(port: 0), onShortage: { pauses.count.withLock { $0 += 1 } }) {
      socket, _ in
      sockets.take(socket)
    }
    client = try Socket.open(for: listener.address)
    hoard.takeAll()
    _ = try client.connect(to: listener.address)
  }
}

/// Threads that connect again and again, until the listener is closed and they end. Its port is reserved: they would
/// connect to another listener there.
final class EagerClients: Sendable {
  private let count = Mutex(0)
  private let running = DispatchGroup()
  private let isOver = StopFlag()

  /// The connections that the kernel has established.
  var connected: Int { count.withLock { $0 } }

  init(of address: SocketAddress, count: Int) {
    for _ in 0..<count {
      running.enter()
      Thread { [self] in
        while !isOver.isSet, connects(to: address) { self.count.withLock { $0 += 1 } }
        running.leave()
      }.start()
    }
  }

  /// Returns once no client connects any more.
  func end() async {
    isOver.set()
    await withUnsafeContinuation { continuation in
      running.notify(queue: .global()) { continuation.resume() }
    }
  }

  /// Blocks until the connection is established or refused.
  private func connects(to address: SocketAddress) -> Bool {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(descriptor) }
    var target = sockaddr_in()
    target.sin_family = sa_family_t(AF_INET)
    target.sin_port = address.port.bigEndian
    target.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
    return withUnsafePointer(to: &target) { target in
      target.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
      }
    }
  }
}

/// A client whose handshake has begun: the listener has answered, and the client has not heard it.
final class DeafClient: Sendable {
  private let socket: Socket

  init(of address: SocketAddress) throws {
    socket = try Socket.open(for: address)
    // A filter of one instruction, which keeps 0 bytes of each segment (`BPF_RET | BPF_K`).
    var instruction: UInt64 = 6
    let isDeaf = withUnsafePointer(to: &instruction) { instruction in
      var program = (count: UInt16(1), instructions: instruction)
      return setsockopt(
        socket.descriptor, SOL_SOCKET, SO_ATTACH_FILTER, &program,
        socklen_t(MemoryLayout.size(ofValue: program)))
        == 0
    }
    guard isDeaf else { throw SupportError("setsockopt: errno \(errno)") }
    _ = try socket.connect(to: address)
  }

  deinit { socket.close() }

  /// Hears the listener's next answer, which the kernel sends a second after the first.
  func hear() throws {
    var unused: Int32 = 0
    let isDone =
      setsockopt(
        socket.descriptor, SOL_SOCKET, SO_DETACH_FILTER, &unused, socklen_t(MemoryLayout<Int32>.size)) == 0
    guard isDone else { throw SupportError("setsockopt: errno \(errno)") }
  }
}

/// Makes the process one in which the kernel answers no question about sockets: `socket(AF_NETLINK)` fails in all threads
/// (seccomp(2)), as in a sandbox.
func forbidNetlink() throws {
  #if arch(x86_64)
    let (socketNumber, controlNumber, filterNumber) = (UInt64(41), 157, 317)
  #else
    let (socketNumber, controlNumber, filterNumber) = (UInt64(198), 167, 277)
  #endif
  func instruction(_ code: UInt64, _ value: UInt64, otherwise skipped: UInt64 = 0) -> UInt64 {
    code | skipped << 24 | value << 32
  }
  let (load, isEqual, result) = (UInt64(0x20), UInt64(0x15), UInt64(0x06))
  let program = [
    instruction(load, 0), instruction(isEqual, socketNumber, otherwise: 3),
    instruction(load, 16), instruction(isEqual, UInt64(AF_NETLINK), otherwise: 1),
    instruction(result, 0x5_0000 | UInt64(EAFNOSUPPORT)), instruction(result, 0x7FFF_0000),
  ]
  // Swift imports no function with variable arguments.
  typealias SystemCall = @convention(c) (Int, UInt, UInt, UInt, UInt, UInt) -> Int
  guard let symbol = dlsym(nil, "syscall") else { throw SupportError("no syscall(2)") }
  let call = unsafeBitCast(symbol, to: SystemCall.self)
  let (noNewPrivileges, setFilter, allThreads) = (UInt(38), UInt(1), UInt(1))
  let isDone = program.withUnsafeBufferPointer { instructions in
    var filter = (count: UInt16(instructions.count), instructions: instructions.baseAddress)
    return withUnsafePointer(to: &filter) { filter in
      call(controlNumber, noNewPrivileges, 1, 0, 0, 0) == 0
        && call(filterNumber, setFilter, allThreads, UInt(bitPattern: filter), 0, 0) == 0
    }
  }
  guard isDone else { throw SupportError("seccomp: errno \(errno)") }
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
