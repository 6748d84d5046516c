import Glibc
import Synchronization
import Testing

@testable import EventLoop

/// The pollers as test arguments. Both must pass the same tests.
enum PollerKind: String, CaseIterable, Sendable {
  case epoll, dispatch

  func make() throws -> any Poller {
    switch self {
    case .epoll: try EpollPoller()
    case .dispatch: DispatchPoller()
    }
  }
}

/// Runs a body with a running loop, and stops the loop afterwards.
func withLoop<Result>(
  _ kind: PollerKind = .epoll, _ body: (EventLoop) async throws -> Result
) async throws -> Result {
  let loop = EventLoop(name: "test", poller: try kind.make())
  loop.start()
  defer { loop.stop() }
  return try await body(loop)
}

/// Calls a body on the loop's thread and returns its result.
@discardableResult
func onLoop<Result: Sendable>(
  _ loop: EventLoop, _ body: @escaping @Sendable () -> Result
) async -> Result {
  await withUnsafeContinuation { continuation in
    loop.execute { continuation.resume(returning: body()) }
  }
}

/// Runs an async body as a task of the loop.
func taskOn<Result: Sendable>(
  _ loop: EventLoop, _ body: @escaping @Sendable () async -> Result
) async -> Result {
  await withUnsafeContinuation { continuation in
    loop.run { continuation.resume(returning: await body()) }
  }
}

/// A thread-safe list of recorded elements, in order.
final class Record<Element: Sendable>: Sendable {
  private let elements = Mutex<[Element]>([])

  func append(_ element: Element) { elements.withLock { $0.append(element) } }
  var all: [Element] { elements.withLock { $0 } }
  var count: Int { all.count }
}

/// A handler that calls a closure.
final class ClosureHandler: ReadinessHandler {
  private let body: (Readiness) -> Void
  init(_ body: @escaping (Readiness) -> Void) { self.body = body }
  func ready(_ readiness: Readiness) { body(readiness) }
}

/// Two connected, non-blocking stream sockets.
struct Pair: Sendable {
  let near: Int32
  let far: Int32

  init() throws {
    var ends: [Int32] = [0, 0]
    let type = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue)
    try #require(socketpair(AF_UNIX, type, 0, &ends) == 0)
    (near, far) = (ends[0], ends[1])
  }

  func send(_ text: String) { _ = write(far, text, text.utf8.count) }
}

/// Reads at most `limit` bytes as text.
func readText(_ descriptor: Int32, limit: Int = 4096) -> String {
  var buffer = [UInt8](repeating: 0, count: limit)
  let count = read(descriptor, &buffer, limit)
  return String(decoding: buffer[..<max(0, count)], as: UTF8.self)
}

/// The kernel's path for the current thread.
func kernelThread() -> String {
  var buffer = [CChar](repeating: 0, count: 64)
  let count = readlink("/proc/thread-self", &buffer, buffer.count)
  return String(decoding: buffer[..<max(0, count)].map(UInt8.init(bitPattern:)), as: UTF8.self)
}
