/// The body of a message that is arriving.
///
/// It stores no body that is longer than its limit. It counts the bytes of such a body and drops them, so a request that
/// will be refused costs no memory.
struct BodyBuffer: Sendable {
  private enum Storage: Sendable {
    case keeping(atMost: Int)
    case dropping
  }

  /// The bytes so far; empty once the body is dropped.
  private(set) var bytes: [UInt8] = []
  /// The length so far, with the bytes that are dropped.
  private(set) var length = 0
  private var storage = Storage.keeping(atMost: .max)

  /// Whether the body is longer than the limit.
  var isDropped: Bool {
    if case .dropping = storage { return true }
    return false
  }

  /// The length of a body that is dropped; 0 of one that is stored.
  var droppedBytes: Int { isDropped ? length : 0 }

  /// Limits what is stored. `expected` is the length of the whole body, where the head says it.
  mutating func limit(to most: Int, expected: Int?) {
    if max(length, expected ?? 0) > most { drop() } else { storage = .keeping(atMost: most) }
  }

  /// Appends bytes. With the length of the whole body the array never has room for more than that.
  mutating func append(_ more: UnsafeBufferPointer<UInt8>, expected: Int? = nil) {
    length += more.count
    guard case .keeping(let most) = storage, length <= most else { return drop() }
    if let expected, length > bytes.capacity { bytes.reserveCapacity(min(expected, 2 * length)) }
    bytes.append(contentsOf: more)
  }

  private mutating func drop() {
    if case .dropping = storage { return }
    storage = .dropping
    bytes = []
  }
}
