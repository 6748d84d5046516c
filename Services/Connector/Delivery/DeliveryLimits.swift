/// The limits of the delivery of webhooks. Those of numbers hold for each process.
enum DeliveryLimits {
  /// Requests at the same time.
  static let running = 64
  /// A user may hold one slot for each so many that are free, and one at least. One user alone gets 16, four get 9 each and
  /// leave 28; about sixty would have to answer slowly at the same time to leave none.
  static let freePerSlotOfOwner = 3
  /// Of a user's requests, those to one webhook.
  static let runningPerWebhook = 4
  /// Requests at the same time to a webhook whose last attempt failed: it may hang.
  static let runningPerFailingWebhook = 1
  /// Of all requests, those to such webhooks: however many of them hang, the others have the rest.
  static let runningFailing = 32
  /// How many more requests a worker may have at the same time after each pause of ``idleMilliseconds``. A worker that
  /// dies repeats the requests that it had: it has as few as its subscribers need, and all where they answer slowly.
  static let startsPerTick = 4
  /// How long one request may take in all, by default, and the range of `WEBHOOK_TIMEOUT`.
  static let timeoutSeconds = 10
  static let timeoutRange = 1...60
  /// The largest answer. A larger one counts as a failure.
  static let responseBytes = 64 << 10
  /// How much of the answer's body is stored, in characters of Unicode.
  static let storedBodyScalars = 500
  /// The size of the column for the reason of a failure.
  static let failureScalars = 255
  /// The pauses between attempts, which Standard Webhooks recommends: ten attempts within three days.
  static let retrySeconds: [Int64] = [
    5, 5 * 60, 30 * 60, 2 * 3600, 5 * 3600, 10 * 3600, 14 * 3600, 20 * 3600, 24 * 3600,
  ]
  /// The attempts at one delivery.
  static let attempts = retrySeconds.count + 1
  /// A pause is longer or shorter by up to this part of it, so that what failed together does not return together.
  static let jitter = 0.1
  /// The longest pause that an answer with `Retry-After` can ask for.
  static let longestRequestedPauseSeconds: Int64 = 24 * 3600
  /// No pause and no lease is as long. A delivery that is due later was put off by a worker whose clock was wrong.
  static let latestDueSeconds: Int64 = 2 * 86_400
  /// How often a worker looks for such deliveries.
  static let recallSeconds: UInt64 = 3_600
  /// A webhook without a success for this long is switched off at its next failure.
  static let failingSeconds: Int64 = 3 * 86_400
  /// An event that is older is not delivered, for example after a long time without any connector.
  static let oldestEventSeconds: Int64 = 3 * 86_400
  /// The deliveries to the webhooks of one user that may wait. Each webhook has an equal part, and is switched off with the
  /// next event where so many wait for it: one user would else fill the table, and the time of the one reader of events.
  static let pendingPerOwner = 10_000
  /// How long an idle worker waits before it looks for due deliveries.
  static let idleMilliseconds = 250

  /// How long a worker has for a claimed delivery: the request with the resolution of its name, which ends within the
  /// time limit, and the record of its result. Another worker may take it over after the pause that follows.
  static func leaseSeconds(timeoutSeconds: Int) -> Int64 { Int64(2 * timeoutSeconds) + 2 }

  /// The pause after a failed attempt, from 1; nil after the last one.
  static func pauseSeconds(
    after attempt: Int, asked: Int64? = nil, random: (ClosedRange<Double>) -> Double = { .random(in: $0) }
  ) -> Int64? {
    guard retrySeconds.indices.contains(attempt - 1) else { return nil }
    let pause = Double(retrySeconds[attempt - 1]) * (1 + random(-jitter...jitter))
    return max(Int64(pause.rounded()), min(asked ?? 0, longestRequestedPauseSeconds))
  }
}
