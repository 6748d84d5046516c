import Cache
import DataAccess
import EventLoop
import HTTP
import HTTPServer
import Logging
import Runtime
import Transport

/// A service from its start to its end.
struct RunningService: Sendable {
  /// The listener's address, with the port that the system chose for port 0.
  let address: SocketAddress
  /// The listener of `PROBE_PORT`.
  let probes: ProbeListener?
  let lifeCycle: LifeCycle
  private let group: EventLoopGroup
  private let server: HTTPServer
  private let resources: [LoopResources]
  private let probe: DatabaseProbe
  private let work: Task<Void, Never>
  private let reporting: Task<Void, Never>
  /// The certificates of the listener; nil where it speaks plain HTTP.
  let certificates: CertificateReport?
  private let shutdown: ShutdownSettings

  /// Starts in order: loops, database, keys, pools, health check, ended sessions, listener; then it turns readiness on.
  static func start(
    _ definition: any ServiceDefinition, _ configuration: ServiceConfiguration, logger: Logger,
    metrics: MetricRegistry = MetricRegistry(), sink: LogSink = .standardError,
    loopCount: Int = EventLoopGroup.processorCount
  ) async throws -> RunningService {
    let probeLoops =
      try configuration.listener.probePort.map { _ in [try EventLoop.make(name: "probes")] } ?? []
    let group = try EventLoopGroup(count: loopCount)
    let all = EventLoopGroup(loops: group.loops + probeLoops)
    all.start()
    metrics.collect { [.lostLogLines(sink.lostLines)] }
    do {
      // One for the pools and the probe, so that a server which one of them finds unfit is left by all.
      let driver = configuration.database.makeDriver()
      let factory = LoopResourcesFactory(
        definition, configuration, driver: driver, logger: logger, metrics: metrics)
      let resources = try await factory.resources(on: group)
      return try await open(definition, configuration, driver, all, resources, logger, sink)
    } catch {
      all.stop()
      throw error
    }
  }

  private static func open(
    _ definition: any ServiceDefinition, _ configuration: ServiceConfiguration,
    _ driver: any DatabaseDriver, _ group: EventLoopGroup, _ resources: [LoopResources], _ logger: Logger,
    _ sink: LogSink
  ) async throws -> RunningService {
    let lifeCycle = LifeCycle(logger: logger)
    // The last loop is the probes' own where they have a listener.
    let probeLoop = group.loops[configuration.listener.probePort == nil ? 0 : resources.count]
    let probe = DatabaseProbe(driver: driver, loop: probeLoop, logger: logger)
    let pools = resources.map { PoolProbe($0.database) }
    let readiness = Readiness { await .probing(probe, pools, resources) }
    // Opens the probe's connection, before the pools can use up the account's, and one for each pool.
    _ = await readiness.value()
    let sessions = try await WatchedSessions.begin(for: definition, on: resources[0])
    let factory = ResponderFactory(
      definition: definition, lifeCycle: lifeCycle, readiness: readiness, sink: sink,
      resources: resources, sessions: sessions?.watch,
      measurements: MetricsRoute(registry: resources[0].metrics, resources: resources),
      hasProbeListener: configuration.listener.probePort != nil)
    var probes: ProbeListener?
    if let port = configuration.listener.probePort {
      probes = try await bound("PROBE_PORT") {
        try await ProbeListener.start(
          on: probeLoop, host: configuration.listener.host, port: port,
          makeResponder: { factory.probeResponder(on: $0) })
      }
    }
    let encryption = configuration.listener.certificates.map { ServerEncryption($0) }
    let server = HTTPServer(
      group: EventLoopGroup(loops: resources.map(\.loop)),
      configuration: listener(configuration, loops: resources.count, logger),
      encryption: encryption, makeResponder: factory.responder)
    let address = try await bound("HTTP_PORT") { try await server.start() }
    lifeCycle.becomeReady()
    logger.info(
      "listening",
      metadata: [
        "address": "\(address)", "scheme": "\(encryption == nil ? "http" : "https")",
        "version": "\(ServiceVersion.current)",
      ])
    let first = resources[0]
    let listeners = [(name: "HTTP_PORT", server: server)] + (probes.map { [("PROBE_PORT", $0.server)] } ?? [])
    let report = ConnectionReport(listeners: listeners, logger: logger)
    report.register(in: first.metrics)
    let certificates = encryption.map { CertificateReport(encryption: $0, logger: logger) }
    certificates?.register(in: first.metrics)
    let work = Task.detached(executorPreference: first.loop) {
      async let following: Void? = sessions?.run(on: first)
      await definition.work(on: first)
      _ = await following
    }
    return RunningService(
      address: address, probes: probes, lifeCycle: lifeCycle, group: group, server: server,
      resources: resources,
      probe: probe,
      work: work,
      reporting: Task.detached {
        async let certificates: Void? = certificates?.run()
        await report.run()
        _ = await certificates
      },
      certificates: certificates,
      shutdown: configuration.shutdown)
  }

  /// Stops in order: turns readiness off and announces the end in every response, waits, stops accepting, finishes the requests in flight, closes the pools,
  /// ends the loops. Returns false, and does nothing, when another caller was first.
  @discardableResult
  func stop() async -> Bool {
    await lifeCycle.shutDown([delay, end, drain, close, leave])
  }

  /// How far a step may exceed its own time before shutdown goes on without it.
  private static let graceSeconds = 5.0

  private var delay: ShutdownStep {
    let seconds = Double(shutdown.delaySeconds)
    return ShutdownStep("wait for load balancers", deadlineSeconds: seconds + Self.graceSeconds) {
      [server] in
      await server.announceEnd()
      try? await Task.sleep(for: .seconds(seconds))
    }
  }

  private var end: ShutdownStep {
    ShutdownStep("end background work", deadlineSeconds: Self.graceSeconds) { [work] in work.cancel() }
  }

  private var drain: ShutdownStep {
    let seconds = shutdown.timeoutSeconds
    return ShutdownStep("answer requests in flight", deadlineSeconds: Double(seconds) + Self.graceSeconds) {
      [server] in await server.stop(drainSeconds: seconds)
    }
  }

  private var close: ShutdownStep {
    ShutdownStep("close pools", deadlineSeconds: Self.graceSeconds) { [resources, probe] in
      await probe.close()
      for resource in resources {
        await resource.database.close()
        await resource.cache.close()
      }
    }
  }

  private var leave: ShutdownStep {
    ShutdownStep("end loops", deadlineSeconds: Self.graceSeconds) { [group, reporting, probes] in
      reporting.cancel()
      await probes?.stop()
      group.stop()
    }
  }
}

extension RunningService {
  /// Descriptors beside those of connections: standard streams, files, log, look-ups, and what a library opens.
  private static let otherDescriptors = 64
  /// Descriptors of a loop: poller, wake-up, cache connection, refused connections.
  private static let descriptorsPerLoop = 80

  /// The listener's settings, within the limit of descriptors, which is raised to the hard one.
  private static func listener(
    _ configuration: ServiceConfiguration, loops: Int, _ logger: Logger
  ) -> HTTPServerConfiguration {
    let listener = configuration.listener
    let pool = configuration.database.configuration.poolSize + DatabaseProbe.connections
    var connections = listener.maximumConnections
    if let limit = DescriptorLimit.raise() {
      let available = max(1, limit - otherDescriptors - 2 * pool - loops * descriptorsPerLoop)
      if available < connections {
        connections = available
        logger.warning(
          "the limit of open files lowers HTTP_MAX_CONNECTIONS",
          metadata: ["limit": "\(limit)", "connections": "\(connections)"])
      }
    }
    return HTTPServerConfiguration(
      host: listener.host, port: UInt16(clamping: listener.port),
      requestLimits: RequestLimits(
        headerBytes: listener.maximumHeaderBytes, bodyBytes: listener.maximumBodyBytes),
      maximumConnections: connections,
      maximumConnectionsPerAddress: listener.perAddress(of: connections),
      trustedProxies: TrustedProxies(listener.trustedProxies),
      reservedTargets: ProbeRoutes.paths, operatorTargets: [MetricsRoute.path],
      maximumRequestsPerLoop: max(1, listener.maximumRequests / loops),
      queueMilliseconds: listener.queueMilliseconds, idleTimeoutSeconds: listener.idleTimeoutSeconds,
      headerTimeoutSeconds: listener.headerTimeoutSeconds, bodyTimeoutSeconds: listener.bodyTimeoutSeconds,
      minimumBytesPerSecond: listener.minimumBytesPerSecond,
      maximumUnsentBytesPerConnection: listener.unsentBytesPerConnection,
      maximumUnsentBytesPerLoop: listener.unsentBytes(perLoopOf: loops),
      maximumIncompleteBytesPerLoop: listener.incompleteBytes(perLoopOf: loops),
      responseTimeoutSeconds: listener.requestTimeoutSeconds)
  }
}
