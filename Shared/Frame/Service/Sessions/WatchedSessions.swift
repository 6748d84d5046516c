import DataAccess

/// The watch of a running service, and the place from which it reads on.
struct WatchedSessions: Sendable {
  let watch: SessionWatch
  private let reader: SessionReader

  /// Reads which sessions have ended, before the service is ready; nil in a service that reads the sessions themselves.
  static func begin(
    for definition: any ServiceDefinition, on resources: LoopResources
  ) async throws(StartFailure) -> WatchedSessions? {
    guard definition.revocation(on: resources) == nil else { return nil }
    let watch = SessionWatch(database: resources.database)
    do throws(DatabaseError) {
      return WatchedSessions(watch: watch, reader: try await watch.begin())
    } catch {
      let account = resources.configuration.database.configuration.user
      throw .refused(
        "\(account) cannot read from the event log which sessions have ended (run: bulkhead access apply): \(error)"
      )
    }
  }

  func run(on resources: LoopResources) async {
    await watch.run(reader, on: resources.loop, logger: resources.logger, metrics: resources.metrics)
  }
}
