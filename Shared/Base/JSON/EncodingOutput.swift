/// The text being written, and the stack of its open containers.
///
/// Codable does not report the end of a container. Each container therefore stores its level in the stack. A write to a
/// container first closes every container inside it, and the end of a value closes every container that it opened.
final class EncodingOutput {
  /// A container that the output has opened for a value.
  ///
  /// Small, so that an existential holds the containers of Codable without memory of their own.
  struct Container {
    fileprivate let level: UInt32
    fileprivate let identity: UInt32
  }

  /// The position where a value begins, and the number of containers open around it.
  struct Place {
    fileprivate let level: Int
    fileprivate let start: Int
  }

  enum Shape: UInt8 {
    case object = 0x7B
    case array = 0x5B

    fileprivate var closing: UInt8 {
      switch self {
      case .object: UInt8(ascii: "}")
      case .array: UInt8(ascii: "]")
      }
    }
  }

  private struct Open {
    let shape: Shape
    let identity: UInt32
    let start: Int
  }

  let text = JSONOutput()
  /// Raw memory, because an array in a class pays an exclusivity check for each access.
  private var open: UnsafeMutablePointer<Open>
  private var capacity = 8
  /// The number of open containers and the identity of the innermost, which every element reads.
  private var depth = 0
  private var innermost: UInt32 = 0
  private var identities: UInt32 = 0
  private var failure: JSONError?

  init() {
    open = .allocate(capacity: capacity)
  }

  deinit {
    open.deallocate()
  }

  var place: Place { Place(level: depth, start: text.count) }

  /// Opens a container for the value at that place, or returns the one that is already open there.
  func openContainer(_ shape: Shape, at place: Place) -> Container {
    if depth > place.level, open[place.level].start == place.start {
      let existing = open[place.level]
      if existing.shape != shape { fail("A value was encoded as an object and as an array.") }
      return Container(level: UInt32(truncatingIfNeeded: place.level), identity: existing.identity)
    }
    if text.count != place.start { fail("A value was encoded twice in one place.") }
    if depth == JSONCoding.maximumWrittenDepth { fail("The value is nested too deeply.") }
    identities &+= 1
    push(Open(shape: shape, identity: identities, start: text.count))
    text.put(shape.rawValue)
    return Container(level: UInt32(truncatingIfNeeded: place.level), identity: identities)
  }

  @inline(__always)
  private func push(_ container: Open) {
    if depth == capacity { grow() }
    (open + depth).initialize(to: container)
    depth &+= 1
    innermost = container.identity
  }

  @inline(never)
  private func grow() {
    let larger = UnsafeMutablePointer<Open>.allocate(capacity: capacity * 2)
    larger.moveInitialize(from: open, count: depth)
    open.deallocate()
    (open, capacity) = (larger, capacity * 2)
  }

  /// Prepares the container for its next element: closes the containers inside it and writes the comma.
  @inline(__always)
  func beginElement(of container: Container) {
    let level = Int(container.level)
    if depth > level &+ 1 { close(downTo: level &+ 1) }
    guard depth > level, innermost == container.identity else {
      return fail("A closed container was written to.")
    }
    switch text.last {
    case Shape.object.rawValue, Shape.array.rawValue: break
    default:
      settle()
      text.put(UInt8(ascii: ","))
    }
  }

  /// Ends the value that began at that place. A value that wrote nothing becomes an empty object.
  @inline(__always)
  func endValue(at place: Place) {
    if depth > place.level { close(downTo: place.level) }
    if text.count == place.start { text.put("{}") }
  }

  private func close(downTo level: Int) {
    while depth > level {
      settle()
      depth &-= 1
      text.put(open[depth].shape.closing)
    }
    innermost = depth > 0 ? open[depth &- 1].identity : 0
  }

  /// Writes an empty object for a name without a value, which an unused encoder from `superEncoder` leaves behind.
  @inline(__always)
  private func settle() {
    if text.last == UInt8(ascii: ":") { text.put("{}") }
  }

  func fail(_ reason: String) {
    failure = failure ?? JSONError(.unwritable, reason)
  }

  /// Closes all containers and returns the text, or throws the first failure.
  func finish() throws(JSONError) -> [UInt8] {
    close(downTo: 0)
    if let failure { throw failure }
    return text.bytes
  }
}

extension EncodingOutput {
  /// Writes a value at the current place: JSON's own types and lists of them directly, all others through their `encode`.
  @inline(__always)
  func encode<Value: Encodable>(_ value: Value) throws {
    guard !encodeScalar(value) else { return }
    let place = place
    try value.encode(to: StreamingEncoder(output: self, place: place))
    endValue(at: place)
  }

  func encode(double value: Double) {
    if !text.put(value) { fail("JSON cannot represent infinity or NaN.") }
  }

  @inline(__always)
  private func encodeScalar<Value: Encodable>(_ value: Value) -> Bool {
    if Value.self == String.self {
      text.putString(same(value) as String)
    } else if Value.self == Int.self {
      text.putInteger(same(value) as Int)
    } else if Value.self == Int64.self {
      text.putInteger(same(value) as Int64)
    } else if Value.self == Bool.self {
      text.put(same(value) as Bool)
    } else if Value.self == Double.self {
      encode(double: same(value))
    } else {
      return encodeOther(value)
    }
    return true
  }

  private func encodeOther<Value: Encodable>(_ value: Value) -> Bool {
    // Lists and scalars have no more bytes, so most other types need no comparisons.
    if MemoryLayout<Value>.size > 8 {
      return false
    } else if Value.self == [Double].self {
      encode(list: same(value)) { encode(double: $0) }
    } else if Value.self == [String].self {
      encode(list: same(value)) { text.putString($0 as String) }
    } else if Value.self == [Int].self {
      encode(list: same(value)) { text.putInteger($0 as Int) }
    } else if Value.self == [Int64].self {
      encode(list: same(value)) { text.putInteger($0 as Int64) }
    } else if Value.self == Float.self {
      encode(float: same(value))
    } else if Value.self == Int32.self {
      text.putInteger(same(value) as Int32)
    } else if Value.self == UInt64.self {
      text.putInteger(same(value) as UInt64)
    } else if Value.self == UInt.self {
      text.putInteger(same(value) as UInt)
    } else if Value.self == UInt32.self {
      text.putInteger(same(value) as UInt32)
    } else if Value.self == UInt16.self {
      text.putInteger(same(value) as UInt16)
    } else if Value.self == Int16.self {
      text.putInteger(same(value) as Int16)
    } else if Value.self == UInt8.self {
      text.putInteger(same(value) as UInt8)
    } else if Value.self == Int8.self {
      text.putInteger(same(value) as Int8)
    } else {
      return false
    }
    return true
  }

  private func encode(float value: Float) {
    guard value.isFinite else { return fail("JSON cannot represent infinity or NaN.") }
    text.putText(value.description)
  }

  /// Writes an array in one step. `Array` itself would look up its types at runtime for each element.
  @inline(__always)
  private func encode<Element>(list: [Element], _ write: (Element) -> Void) {
    if depth == JSONCoding.maximumWrittenDepth { fail("The value is nested too deeply.") }
    text.put(Shape.array.rawValue)
    for (position, element) in list.enumerated() {
      if position > 0 { text.put(UInt8(ascii: ",")) }
      write(element)
    }
    text.put(Shape.array.closing)
  }
}
