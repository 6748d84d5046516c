import EventLoop
import Glibc
import Routing
import Synchronization
import Transport

/// An HTTP/1.1 server on a group of loops, with one ``Responder`` per loop.
///
/// A connection stays on one loop, and its requests run there. The server makes one responder per loop, together with
/// everything that the loop owns (router, repositories, database and cache connections).
package final class HTTPServer: Sendable {
  /// Why a server did not start.
  package enum StartError: Error, Sendable, Hashable {
    /// The server has started before.
    case startedBefore
    /// The caller stopped the server during its start.
    case stopped
  }

  fileprivate struct Running: Sendable {
    let listener: Listener
    let servers: [LoopBound<LoopServer>]
    let gauges: [LoopGauges]
  }

  fileprivate enum State: Sendable {
    case made
    case starting
    case running(Running)
    case stopped
  }

  private let group: EventLoopGroup
  private let configuration: HTTPServerConfiguration
  private let encryption: ServerEncryption?
  private let makeResponder: @Sendable (EventLoop) async throws -> any Responder
  private let secondsSinceEpoch: @Sendable () -> Int64
  private let admission: Admission
  private let counters = ConnectionCounters()
  private let state = Mutex(State.made)

  /// Makes a server. Its start calls `makeResponder` on each loop. `secondsSinceEpoch` is the clock of the Date field.
  /// With `encryption` it speaks HTTPS, else HTTP.
  package init(
    group: EventLoopGroup, configuration: HTTPServerConfiguration, encryption: ServerEncryption? = nil,
    secondsSinceEpoch: @escaping @Sendable () -> Int64 = { Int64(time(nil)) },
    makeResponder: @escaping @Sendable (EventLoop) async throws -> any Responder
  ) {
    self.group = group
    self.configuration = configuration
    self.encryption = encryption
    self.secondsSinceEpoch = secondsSinceEpoch
    self.makeResponder = makeResponder
    admission = Admission(
      limit: configuration.maximumConnections, limitPerSource: configuration.maximumConnectionsPerAddress)
  }

  /// The number of open connections that count towards the limit.
  package var connectionCount: Int { admission.count }

  /// What happened to connections since the start.
  package var connectionCounts: ConnectionCounts { counters.current }

  /// The sources behind the events since the last call, a bounded number of each kind.
  package func takeBusiestAddresses() -> BusiestAddresses {
    var busiest = counters.takeBusiest()
    busiest.open = admission.busiest
    return busiest
  }

  /// The load of all loops, some tenths of a second old.
  package var load: ServerLoad {
    guard case .running(let running) = state.withLock({ $0 }) else { return ServerLoad() }
    return running.gauges.reduce(into: ServerLoad()) { $0.add(ServerLoad($1)) }
  }

  /// Makes a responder on every loop, and starts listening. The loops must be running.
  ///
  /// - Returns: The server's address. It contains the port that the system chose if the configured port is 0.
  /// - Throws: The error of `makeResponder`, a ``SocketError`` when the server cannot listen, or a ``StartError``.
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

  /// Announces the end of its connection in every response from now on (`Connection: close`), and still accepts new
  /// connections. Clients and proxies that keep connections alive then leave in order, before ``stop(drainSeconds:)``.
  /// Returns when every loop does so.
  package func announceEnd() async {
    guard case .running(let running) = state.withLock({ $0 }) else { return }
    for server in running.servers {
      await withUnsafeContinuation { continuation in
        server.loop.execute {
          server.value.announceEnd()
          continuation.resume()
        }
      }
    }
  }

  /// Stops the server. It ignores new clients for a moment, then refuses them, and ends idle connections. It completes
  /// every request that has begun, with `Connection: close` in the response. After `drainSeconds` it closes the
  /// remaining connections. Returns when all are closed.
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
    var gauges: [LoopGauges] = []
    for loop in group.loops {
      let responder = try await withTaskExecutorPreference(loop) { try await makeResponder(loop) }
      let (server, gauge) = await server(on: loop, responder)
      servers.append(server)
      gauges.append(gauge)
    }
    guard let address = try await configuration.address.resolved().first else {
      throw SocketError(.resolve, reason: .addressNotAvailable)
    }
    let distributor = ConnectionDistributor(
      servers, admission: admission, trusting: configuration.trustedProxies, counters: counters)
    let listener = try Listener(on: address, onShortage: distributor.makeRoom) {
      distributor.receive($0, from: $1)
    }
    return Running(listener: listener, servers: servers, gauges: gauges)
  }

  /// Makes a loop's part on the loop itself, which owns it.
  private func server(
    on loop: EventLoop, _ responder: any Responder
  ) async -> (LoopBound<LoopServer>, LoopGauges) {
    await withUnsafeContinuation { continuation in
      loop.execute { [self] in
        let server = LoopServer(
          on: loop, configuration: configuration, responder: responder, encryption: encryption,
          admission: admission, counters: counters, secondsSinceEpoch: secondsSinceEpoch)
        server.begin()
        continuation.resume(returning: (LoopBound(server, to: loop), server.gauges))
      }
    }
  }
}

extension HTTPServer.State {
  /// Marks a new server as starting. False when it has started or stopped before.
  fileprivate mutating func begin() -> Bool {
    guard case .made = self else { return false }
    self = .starting
    return true
  }

  /// Marks a starting server as running. False when the server was stopped meanwhile.
  fileprivate mutating func succeed(_ running: HTTPServer.Running) -> Bool {
    guard case .starting = self else { return false }
    self = .running(running)
    return true
  }

  /// Marks the server as stopped, and returns the parts to stop if it was running.
  fileprivate mutating func stop() -> HTTPServer.Running? {
    defer { self = .stopped }
    guard case .running(let running) = self else { return nil }
    return running
  }
}
