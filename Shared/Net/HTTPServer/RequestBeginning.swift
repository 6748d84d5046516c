extension UnsafeRawBufferPointer {
  /// Whether the bytes begin with this text.
  @inline(__always)
  func begins(with text: StaticString) -> Bool {
    guard count >= text.utf8CodeUnitCount else { return false }
    for index in 0..<text.utf8CodeUnitCount where self[index] != text.utf8Start[index] { return false }
    return true
  }
}
