import Cache
import Runtime

/// Counts the cache's failed commands by kind. The counters are made once, because a lost cache fails a command of each
/// request.
struct CacheFailureCounters: Sendable {
  private let counters: [CacheError.Kind: CounterInstrument]

  init(_ registry: MetricRegistry) {
    counters = Dictionary(
      uniqueKeysWithValues: CacheError.Kind.allCases.map { kind in
        (
          kind,
          registry.counter(
            "cache_commands_failed_total", help: "Commands that the cache did not serve.",
            labels: [("kind", kind.rawValue)])
        )
      })
  }

  func count(_ error: CacheError) { counters[error.kind]?.increment() }
}
