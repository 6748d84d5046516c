/// The growing index of a document, in raw memory: an array would pay a uniqueness check for each entry, and a copy into
/// the document.
struct JSONIndex: ~Copyable {
  private(set) var tokens: UnsafeMutablePointer<JSONToken>
  private(set) var count = 0
  private var capacity: Int

  init(capacity: Int) {
    tokens = .allocate(capacity: capacity)
    self.capacity = capacity
  }

  deinit { tokens.deallocate() }

  /// Hands the memory over to the caller, who deallocates it.
  consuming func release() -> UnsafeMutablePointer<JSONToken> {
    let tokens = tokens
    discard self
    return tokens
  }

  @inline(__always)
  mutating func append(_ token: JSONToken) {
    if count == capacity { grow() }
    (tokens + count).initialize(to: token)
    count &+= 1
  }

  @inline(never)
  private mutating func grow() {
    let larger = UnsafeMutablePointer<JSONToken>.allocate(capacity: capacity * 2)
    larger.moveInitialize(from: tokens, count: count)
    tokens.deallocate()
    (tokens, capacity) = (larger, capacity * 2)
  }
}
