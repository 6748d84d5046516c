/// Whether the cache is usable now, for the readiness answer and for one log line at each change.
package enum CacheStatus: Sendable, Hashable {
  /// The last attempt reached it.
  case available
  /// The last attempt did not; the reason is safe to show.
  case unavailable(reason: String)
}
