import EventLoop
import Glibc
import Routing
import Synchronization
import Transport

/// An HTTP/1.1 server over a group of loops: sockets in, one ``Responder`` per loop out.
///
/// A connection stays on the loop it was dealt to, and its requests run there. The responder of a loop is made once,
/// so that what a loop owns (router, repositories, database and cache connections) is made with it.
package final class HTTPServer: Sendable {
  /// Why a server did not start.
  package enum StartError: Error, Sendable, Hashable {
    /// A server starts once.
    case startedBefore
    /// It was stopped while it was starting.
    case stopped
  }

  fileprivate struct Running: Sendable {
    let listener: Listener
    let servers: [LoopBound<LoopServer>]
  }

  fileprivate enum State: Sendable {
    case made
    case starting
    case running(Running)
    case stopped
  }

  private let group: EventLoopGroup
  private let configuration: HTTPServerConfiguration
  private let makeResponder: @Sendable (EventLoop) async throws -> any Responder
  private let secondsSinceEpoch: @Sendable () -> Int64
  private let admission: Admission
  private let state = Mutex(State.made)

  /// Prepares a server. `makeResponder` is called on each loop when the server starts; `secondsSinceEpoch` is the clock
  /// of the Date field.
  package init(
    group: EventLoopGroup, configuration: HTTPServerConfiguration,
    secondsSinceEpoch: @escaping @Sendable () -> Int64 = { Int64(time(nil)) },
    makeResponder: @escaping @Sendable (EventLoop) async throws -> any Responder
  ) {
    self.group = group
    self.configuration = configuration
    self.secondsSinceEpoch = secondsSinceEpoch
    self.makeResponder = makeResponder
    admission = Admission(limit: configuration.maximumConnections)
  }

  /// Open connections that count towards the limit.
  package var connectionCount: Int { admission.count }

  /// Makes a responder on every loop, and listens. The loops must be running.
  ///
  /// - Returns: The address it listens on, with the port the system chose if the configuration left it open.
  /// - Throws: What `makeResponder` throws, a ``SocketError`` when it cannot listen, or a ``StartError``.
  package func start() async throws -> SocketAddress {
    guard state.withLock({ $0.begin() }) else { throw StartError.startedBefore }
    do {
      let running = try await open()
      guard state.withLock({ $0.succeed(running) }) else {
        await running.listener.closeAndWait()
        throw StartError.stopped
      }
      return running.listener.address
    } catch {
      state.withLock { $0 = .stopped }
      throw error
    }
  }

  /// Stops in order: takes no more connections, answers every request that has begun with `Connection: close`, ends
  /// the idle connections, and after `drainSeconds` cuts off what is left. Returns when all connections are closed.
  package func stop(drainSeconds: Int) async {
    guard let running = state.withLock({ $0.stop() }) else { return }
    await running.listener.closeAndWait()
    await withTaskGroup { tasks in
      for server in running.servers {
        tasks.addTask {
          await withUnsafeContinuation { continuation in
            server.loop.execute {
              server.value.drain(milliseconds: drainSeconds * 1_000, whenEmpty: continuation)
            }
          }
        }
      }
    }
  }

  private func open() async throws -> Running {
    var servers: [LoopBound<LoopServer>] = []
    for loop in group.loops {
      let responder = try await withTaskExecutorPreference(loop) { try await makeResponder(loop) }
      let server = LoopBound(
        LoopServer(
          on: loop, configuration: configuration, responder: responder, admission: admission,
          secondsSinceEpoch: secondsSinceEpoch), to: loop)
      loop.execute { server.value.begin() }
      servers.append(server)
    }
    guard let address = try await configuration.address.resolved().first else {
      throw SocketError(.resolve, reason: .addressNotAvailable)
    }
    let reception = ConnectionDistributor(servers, admission: admission)
    let listener = try Listener(on: address) { reception.receive($0) }
    return Running(listener: listener, servers: servers)
  }
}

extension HTTPServer.State {
  /// Only a new server may start.
  fileprivate mutating func begin() -> Bool {
    guard case .made = self else { return false }
    self = .starting
    return true
  }

  /// False when the server was stopped meanwhile.
  fileprivate mutating func succeed(_ running: HTTPServer.Running) -> Bool {
    guard case .starting = self else { return false }
    self = .running(running)
    return true
  }

  /// What has to be stopped, if anything.
  fileprivate mutating func stop() -> HTTPServer.Running? {
    defer { self = .stopped }
    guard case .running(let running) = self else { return nil }
    return running
  }
}
