/// The keyed containers of one encoding or decoding, which serve one object after another.
///
/// Codable keeps each keyed container in an object of a generic class, its box. To make one, Swift looks up two generic
/// types and a conformance, which costs more than all members of a small object. `KeyedEncodingContainer` and
/// `KeyedDecodingContainer` consist of the reference to that box. So a box that nothing but this list refers to serves the
/// next object whose keys have the same type. A container that is still in use, or that a type has kept, has a second
/// reference and is left alone.
struct ContainerBoxes<Position>: ~Copyable {
  private struct Entry {
    let keys: ObjectIdentifier
    var box: ContainerBox
  }

  /// More types of keys, or deeper nesting of one type, make boxes of their own.
  private static var limit: Int { 16 }

  private var entries: UnsafeMutablePointer<Entry>?
  /// The position of the container in each box. The memory lives as long as the list, because a box may outlive its entry.
  private var positions: UnsafeMutablePointer<Position>?
  private var count = 0

  deinit {
    if let entries {
      entries.deinitialize(count: count)
      entries.deallocate()
    }
    positions?.deallocate()
  }

  /// A box that is free, for an object at this position; nil when one must be made.
  @inline(__always)
  mutating func take(_ keys: ObjectIdentifier, at position: Position) -> ContainerBox? {
    guard let entries, let positions else { return nil }
    for index in 0..<count where entries[index].keys == keys {
      guard isKnownUniquelyReferenced(&entries[index].box) else { continue }
      positions[index] = position
      return entries[index].box
    }
    return nil
  }

  /// The memory for the position of a container that is about to be made; nil when its box cannot be kept.
  @inline(never)
  mutating func place(for position: Position) -> UnsafeMutablePointer<Position>? {
    guard count < Self.limit else { return nil }
    let positions = positions ?? .allocate(capacity: Self.limit)
    self.positions = positions
    (positions + count).initialize(to: position)
    return positions + count
  }

  /// Keeps the box of the container whose position is in the last memory that ``place(for:)`` returned.
  mutating func keep(_ box: ContainerBox, _ keys: ObjectIdentifier) {
    let entries = entries ?? .allocate(capacity: Self.limit)
    self.entries = entries
    (entries + count).initialize(to: Entry(keys: keys, box: box))
    count += 1
  }

  /// Releases the boxes, which refer to the owner of this list. The list then stays full, because a type may have kept its
  /// container, whose position must not change.
  mutating func close() {
    entries?.deinitialize(count: count)
    entries?.deallocate()
    entries = nil
    count = Self.limit
  }
}

/// Stands for the class of the boxes, which the standard library keeps to itself. Nothing but the count of references is used:
/// an `AnyObject` cannot be asked for it, because the question itself holds a reference.
final class ContainerBox {}
