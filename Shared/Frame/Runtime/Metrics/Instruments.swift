import Synchronization

/// A number that only grows.
package final class CounterInstrument: Sendable {
  private let count = Atomic<Int64>(0)
  private let fraction = AtomicDouble()
  private let shares = Mutex<[CounterInstrument]>([])

  /// Creates a share of this counter, whose value a scrape adds to this one. Threads that count often take a share
  /// each, because they would otherwise contend for one cache line. The counter never releases its shares, so take
  /// few.
  package func share() -> CounterInstrument {
    let share = CounterInstrument()
    shares.withLock { $0.append(share) }
    return share
  }

  /// Adds a number of events.
  package func increment(by amount: Int64 = 1) {
    count.wrappingAdd(amount, ordering: .relaxed)
  }

  /// Adds a fraction.
  package func increment(by amount: Double) {
    fraction.add(amount)
  }

  var value: Double {
    let own = Double(count.load(ordering: .relaxed)) + fraction.value
    return shares.withLock { $0 }.reduce(own) { $0 + $1.value }
  }
}

/// A number that goes up and down.
package final class GaugeInstrument: Sendable {
  private let number = AtomicDouble()

  /// Sets the value.
  package func set(_ value: Double) { number.set(value) }

  /// Adds to the value; a negative amount lowers it.
  package func add(_ amount: Double) { number.add(amount) }

  var value: Double { number.value }
}

/// The counts of values under each of a few fixed bounds, and the sum of the values.
package final class HistogramInstrument: Sendable {
  /// The largest number of bounds of one histogram. Values above the last one count under the infinite bound.
  package static let maximumBounds = 31

  /// The upper bounds, ascending, without the infinite one.
  package let bounds: [Double]
  /// One count for each bound, and one for the infinite bound. They lie in the object, which saves a pointer.
  private let counts: InlineArray<32, Atomic<Int64>> = InlineArray { _ in Atomic(0) }
  private let total = AtomicDouble()
  private let shares = Mutex<[HistogramInstrument]>([])

  init(bounds: [Double]) {
    self.bounds = Array(bounds.prefix(Self.maximumBounds))
  }

  /// Creates a share of this histogram; see ``CounterInstrument/share()``.
  package func share() -> HistogramInstrument {
    let share = HistogramInstrument(bounds: bounds)
    shares.withLock { $0.append(share) }
    return share
  }

  /// Counts a value under the first bound that is not less than it.
  package func observe(_ value: Double) {
    var index = 0
    while index < bounds.count, !(value <= bounds[index]) { index += 1 }
    counts[index].wrappingAdd(1, ordering: .relaxed)
    total.add(value)
  }

  /// The cumulative counts up to each bound, the infinite one last, and the sum of the values.
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
