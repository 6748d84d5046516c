import Synchronization

/// A number that only grows; a scrape shows it as it is.
package final class CounterInstrument: Sendable {
  private let count = Atomic<Int64>(0)
  private let fraction = AtomicDouble()
  private let shares = Mutex<[CounterInstrument]>([])

  /// A counter of its own, added to this one when it is shown. Threads that count often take one each: adding to the
  /// same number, each would wait for the other's cache line. Shares are kept for good, so take few.
  package func share() -> CounterInstrument {
    let share = CounterInstrument()
    shares.withLock { $0.append(share) }
    return share
  }

  /// One more event.
  package func increment(by amount: Int64 = 1) {
    count.wrappingAdd(amount, ordering: .relaxed)
  }

  /// A part of something that is counted in fractions.
  package func increment(by amount: Double) {
    fraction.add(amount)
  }

  /// Back to zero, as swift-metrics asks for.
  package func reset() {
    count.store(0, ordering: .relaxed)
    fraction.set(0)
    for share in shares.withLock({ $0 }) { share.reset() }
  }

  var value: Double {
    let own = Double(count.load(ordering: .relaxed)) + fraction.value
    return shares.withLock { $0 }.reduce(own) { $0 + $1.value }
  }
}

/// A number that goes up and down.
package final class GaugeInstrument: Sendable {
  private let number = AtomicDouble()

  /// Takes a new value.
  package func set(_ value: Double) { number.set(value) }

  /// Moves the value; negative amounts lower it.
  package func add(_ amount: Double) { number.add(amount) }

  var value: Double { number.value }
}

/// How often values fell under each of a few fixed bounds, and their sum.
package final class HistogramInstrument: Sendable {
  /// Bounds of one histogram at most; what is given beyond is counted under the infinite one.
  package static let maximumBounds = 31

  /// Upper bounds, ascending, without the infinite one.
  package let bounds: [Double]
  /// One for each bound and one beyond them; inside the object, so that counting follows no further pointer.
  private let counts: InlineArray<32, Atomic<Int64>> = InlineArray { _ in Atomic(0) }
  private let total = AtomicDouble()
  private let shares = Mutex<[HistogramInstrument]>([])

  init(bounds: [Double]) {
    self.bounds = Array(bounds.prefix(Self.maximumBounds))
  }

  /// A histogram of its own, added to this one when it is shown; see ``CounterInstrument/share()``.
  package func share() -> HistogramInstrument {
    let share = HistogramInstrument(bounds: bounds)
    shares.withLock { $0.append(share) }
    return share
  }

  /// Counts a value under the first bound that is not below it.
  package func observe(_ value: Double) {
    var index = 0
    while index < bounds.count, !(value <= bounds[index]) { index += 1 }
    counts[index].wrappingAdd(1, ordering: .relaxed)
    total.add(value)
  }

  /// The counts under each bound and all below it, the infinite one last; and the sum of the values.
  var snapshot: (cumulativeCounts: [Int64], sum: Double) {
    let own = (0...bounds.count).map { counts[$0].load(ordering: .relaxed) }
    var running: Int64 = 0
    let cumulative = own.map { count in
      running += count
      return running
    }
    return shares.withLock { $0 }.map(\.snapshot).reduce((cumulativeCounts: cumulative, sum: total.value)) {
      sum, share in
      (zip(sum.cumulativeCounts, share.cumulativeCounts).map(+), sum.sum + share.sum)
    }
  }
}
