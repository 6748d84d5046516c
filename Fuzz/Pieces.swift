/// Ways to split an input: whole, byte by byte, and in pieces of a size that the input's length decides.
///
/// What a parser makes of the bytes must not depend on the way.
enum Pieces {
  static func sizes(for count: Int) -> [Int] { [max(1, count), 1, count % 13 + 2] }

  /// Demands that every way gives the same result, and returns it.
  static func agree<Outcome: Equatable>(
    on input: UnsafeRawBufferPointer, _ parse: (UnsafeRawBufferPointer, Int) -> Outcome
  ) -> Outcome {
    let sizes = sizes(for: input.count)
    let whole = parse(input, sizes[0])
    for size in sizes.dropFirst() {
      let split = parse(input, size)
      demand(split == whole, "pieces of \(size) bytes give another result:\n\(split)\nwhole:\n\(whole)")
    }
    return whole
  }

  /// Calls the body with each piece, until it returns false.
  static func each(
    of input: UnsafeRawBufferPointer, size: Int, _ body: (UnsafeRawBufferPointer) -> Bool
  ) {
    var start = 0
    while start < input.count {
      let end = min(input.count, start + size)
      guard body(UnsafeRawBufferPointer(rebasing: input[start..<end])) else { return }
      start = end
    }
  }
}
