import Synchronization

/// A number that only grows; a scrape shows it as it is.
public final class CounterInstrument: Sendable {
  private let count = Atomic<Int64>(0)
  private let fraction = AtomicDouble()

  /// One more event.
  public func increment(by amount: Int64 = 1) {
    count.wrappingAdd(amount, ordering: .relaxed)
  }

  /// A part of something that is counted in fractions.
  public func increment(by amount: Double) {
    fraction.add(amount)
  }

  /// Back to zero, as swift-metrics asks for.
  public func reset() {
    count.store(0, ordering: .relaxed)
    fraction.set(0)
  }

  var value: Double { Double(count.load(ordering: .relaxed)) + fraction.value }
}

/// A number that goes up and down.
public final class GaugeInstrument: Sendable {
  private let number = AtomicDouble()

  /// Takes a new value.
  public func set(_ value: Double) { number.set(value) }

  /// Moves the value; negative amounts lower it.
  public func add(_ amount: Double) { number.add(amount) }

  var value: Double { number.value }
}

/// How often values fell under each of a few fixed bounds, and their sum.
public final class HistogramInstrument: Sendable {
  /// Upper bounds, ascending, without the infinite one.
  public let bounds: [Double]
  private let counts: AtomicCounts
  private let total = AtomicDouble()

  init(bounds: [Double]) {
    self.bounds = bounds
    counts = AtomicCounts(bounds.count + 1)
  }

  /// Counts a value under the first bound that is not below it.
  public func observe(_ value: Double) {
    counts.increment(bounds.firstIndex { value <= $0 } ?? bounds.count)
    total.add(value)
  }

  /// The counts under each bound and all below it, the infinite one last; and the sum of the values.
  var snapshot: (cumulativeCounts: [Int64], sum: Double) {
    var running: Int64 = 0
    let cumulative = counts.values.map { count in
      running += count
      return running
    }
    return (cumulative, total.value)
  }
}

/// A fixed number of counters that threads share without a lock.
private final class AtomicCounts: Sendable {
  private let counters: [CounterCell]

  init(_ count: Int) {
    counters = (0..<count).map { _ in CounterCell() }
  }

  func increment(_ index: Int) { counters[index].count.wrappingAdd(1, ordering: .relaxed) }

  var values: [Int64] { counters.map { $0.count.load(ordering: .relaxed) } }

  private final class CounterCell: Sendable {
    let count = Atomic<Int64>(0)
  }
}
