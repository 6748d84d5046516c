import Synchronization

/// A floating-point number that threads add to without a lock.
struct AtomicDouble: ~Copyable, Sendable {
  private let bits = Atomic<UInt64>(0)

  var value: Double { Double(bitPattern: bits.load(ordering: .relaxed)) }

  func set(_ value: Double) {
    bits.store(value.bitPattern, ordering: .relaxed)
  }

  func add(_ amount: Double) {
    var known = bits.load(ordering: .relaxed)
    while true {
      let sum = Double(bitPattern: known) + amount
      let (exchanged, found) = bits.weakCompareExchange(
        expected: known, desired: sum.bitPattern, ordering: .relaxed)
      if exchanged { return }
      known = found
    }
  }
}
