import Transport

/// Waiters in the order of their arrival, each of which may leave at any place. Every step costs the same on average.
///
/// It is an object, so that a client without waiters has none, and a copy of a client copies no line.
final class WaitingLine<Waiter> {
  private var waiters: [Int: Waiter] = [:]
  /// The places in their order, also some that are empty.
  private var places = FIFO<Int>()
  private var lastPlace = 0

  var count: Int { waiters.count }

  /// Adds a waiter behind all others, and returns its place.
  func append(_ waiter: Waiter) -> Int {
    lastPlace += 1
    waiters[lastPlace] = waiter
    places.append(lastPlace)
    return lastPlace
  }

  /// Takes the waiter in front of all others.
  func popFirst() -> Waiter? {
    while let place = places.popFirst() {
      if let waiter = waiters.removeValue(forKey: place) { return waiter }
    }
    return nil
  }

  /// Takes the waiter at that place. False where there is none.
  func remove(_ place: Int) -> Bool {
    guard waiters.removeValue(forKey: place) != nil else { return false }
    guard places.count > 2 * waiters.count else { return true }
    places = FIFO()
    for place in waiters.keys.sorted() { places.append(place) }
    return true
  }
}
