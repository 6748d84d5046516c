import Cache
import Clock
import MariaDBDriver
import MemoryCache
import PostgresDriver
import RedisDriver
import Routing
import Runtime
import SQLiteDriver
import Schema
import Service

/// The engines of both parts of this program.
private let supportedEngines = EngineRegistry(
  databases: [PostgresEngine(), MariaDBEngine(), SQLiteEngine()],
  caches: [RedisEngine(), MemoryCacheEngine()])

/// connector: integrations and webhooks. This file is its whole wiring: it can touch nothing that is not named here.
struct Connector: ServiceDefinition {
  let name = "connector"
  let defaultPort = 8082
  let tokenKey = TokenKeyHalf.verifying
  let cacheRights = CacheRights(keyPrefix: "connector:", access: .readWrite)
  let engines = supportedEngines
  private let secrets: WebhookSecretBox?
  private let targets: WebhookTargets
  private let timeoutSeconds: Int
  /// One for the process. What one connector stores, the others compare.
  private let clock = DatabaseClock()

  /// Reads `WEBHOOK_KEY`: base64 of the 32 bytes of the key that seals webhook secrets; and `WEBHOOK_TIMEOUT` and
  /// `WEBHOOK_ALLOWED_HOSTS`, how long a delivery may take and where it may go.
  init(reading environment: inout EnvironmentReader) {
    let key = environment.requiredSecret("WEBHOOK_KEY")
    secrets = WebhookSecretBox(key: key)
    if !key.isEmpty && secrets == nil {
      environment.report("WEBHOOK_KEY", "is not base64 of \(WebhookSecretBox.keyBytes) bytes")
    }
    targets = WebhookTargets(reading: &environment)
    timeoutSeconds = environment.integer(
      "WEBHOOK_TIMEOUT", default: DeliveryLimits.timeoutSeconds, in: DeliveryLimits.timeoutRange)
  }

  func addRoutes(to router: inout Router, on resources: LoopResources) async throws {
    guard let secrets else { throw MissingSecret(variable: "WEBHOOK_KEY") }
    await clock.begin(resources.database)
    let events = EventLog(source: name, on: resources)
    let currentTime: @Sendable () -> Timestamp = { [clock] in clock.now() }
    IntegrationRoutes(
      integrations: IntegrationRepository(database: resources.database, events: events),
      currentTime: currentTime
    ).add(to: &router)
    let metrics = DeliveryMetrics(registry: resources.metrics)
    WebhookRoutes(
      webhooks: WebhookRepository(database: resources.database, events: events, metrics: metrics),
      secrets: secrets, targets: targets, currentTime: currentTime
    ).add(to: &router)
  }

  func work(on resources: LoopResources) async {
    guard let secrets else { return }
    let events = EventLog(source: name, on: resources)
    let owners = OwnerRepository(database: resources.database, events: events)
    let metrics = DeliveryMetrics(registry: resources.metrics)
    let fanOut = WebhookFanOut(resources.database, events: events, metrics: metrics)
    let follower = FeedFollower(
      database: resources.database,
      consumers: DeletedUsers.sweeps(owners) + [fanOut],
      progress: FeedProgress(metrics: resources.metrics), logger: resources.logger,
      currentTime: { [clock] in clock.now() })
    let worker = DeliveryWorker(
      deliveries: DeliveryRepository(database: resources.database, events: events, metrics: metrics),
      sender: DeliverySender(targets: targets, secrets: secrets, timeoutSeconds: timeoutSeconds),
      metrics: metrics, logger: resources.logger,
      currentTime: { [clock] in clock.now() })
    await withTaskGroup(of: Void.self) { group in
      group.addTask {
        await clock.run(resources.database, logger: resources.logger, metrics: resources.metrics)
      }
      group.addTask { await follower.run(on: resources.loop) }
      group.addTask { await worker.run(on: resources.loop) }
    }
  }
}

/// The trigger of one platform: its channels and their events. It sees no other platform's rows.
struct PlatformTrigger: ServiceDefinition {
  let platform: Platform
  private let signature: PlatformSignature?
  /// One for the process: a message that one loop accepted is known on all loops.
  private let replays = ReplayGuard()
  let tokenKey = TokenKeyHalf.verifying
  let engines = supportedEngines

  /// Reads `PLATFORM_SECRET`: the secret with which the platform signs its events.
  init(platform: Platform, reading environment: inout EnvironmentReader) {
    let secret = environment.requiredSecret("PLATFORM_SECRET")
    self.platform = platform
    signature = PlatformSignature(secret: secret)
    switch signature?.isShort {
    case nil: environment.report("PLATFORM_SECRET", PlatformSignature.expectation)
    case true?: environment.warn("PLATFORM_SECRET", PlatformSignature.shortness)
    case false?: break
    }
  }

  var name: String { platform.serviceName }
  var defaultPort: Int { platform.defaultPort }
  var cacheRights: CacheRights { CacheRights(keyPrefix: "\(name):", access: .readWrite) }

  func addRoutes(to router: inout Router, on resources: LoopResources) async throws {
    guard let signature else { throw MissingSecret(variable: "PLATFORM_SECRET") }
    let channels = ChannelRepository(
      database: resources.database, events: EventLog(source: name, on: resources), platform: platform)
    let currentTime: @Sendable () -> Timestamp = { Timestamp.now() }
    ChannelRoutes(channels: channels, currentTime: currentTime).add(to: &router)
    PlatformEventRoutes(
      channels: channels, signature: signature, replays: replays, cache: resources.cache,
      currentTime: currentTime
    ).add(to: &router)
  }
}

/// The configuration was accepted although one of its secrets was refused.
struct MissingSecret: Error, CustomStringConvertible {
  let variable: String
  var description: String { "connector needs \(variable)" }
}
