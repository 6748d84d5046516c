import Glibc
import HTTP

/// Finds a path's endpoint, segment by segment. A literal has precedence over a placeholder. When no route follows the
/// literal, the search tries the placeholder.
///
/// One array stores the nodes, which refer to each other by index. Matching allocates nothing.
struct RouteTrie: Sendable {
  private struct Node: Sendable {
    var literals: [Literal] = []
    var placeholder: Int?
    var endpoint: Int?
  }

  /// A literal segment as a range of ``names``. Plain numbers keep reference counting out of matching.
  private struct Literal: Sendable {
    let start: Int
    let count: Int
    let node: Int
  }

  private var nodes = [Node()]
  private var names: [UInt8] = []

  /// The endpoint of a template, created if needed.
  ///
  /// - Parameter make: Returns the number of a new endpoint.
  mutating func endpoint(for template: PathTemplate, make: () -> Int) -> Int {
    var node = 0
    for segment in template.segments { node = child(of: node, for: segment) }
    if let existing = nodes[node].endpoint { return existing }
    let endpoint = make()
    nodes[node].endpoint = endpoint
    return endpoint
  }

  private mutating func child(of node: Int, for segment: PathTemplate.Segment) -> Int {
    switch segment {
    case .literal(let name):
      let existing = nodes[node].literals.first { names[$0.start..<$0.start + $0.count].elementsEqual(name) }
      if let existing { return existing.node }
      nodes[node].literals.append(Literal(start: names.count, count: name.count, node: nodes.count))
      names += name
    case .placeholder:
      if let existing = nodes[node].placeholder { return existing }
      nodes[node].placeholder = nodes.count
    }
    nodes.append(Node())
    return nodes.count - 1
  }

  /// The endpoint of a path; nil when no template matches it.
  func match(_ path: UnsafeBufferPointer<UInt8>) -> Int? {
    guard path.first == UInt8(ascii: "/") else { return nil }
    if path.count == 1 { return nodes[0].endpoint }
    let isEncoded = path.contains(UInt8(ascii: "%"))
    return match(PathSegments(path), from: 0, isEncoded: isEncoded)
  }

  private func match(_ segments: PathSegments, from node: Int, isEncoded: Bool) -> Int? {
    var rest = segments
    guard let segment = rest.next() else { return nodes[node].endpoint }
    guard !segment.isEmpty else { return nil }
    for index in nodes[node].literals.indices {
      let literal = nodes[node].literals[index]
      guard isEncoded ? equalsDecoded(segment, literal) : equals(segment, literal) else { continue }
      if let found = match(rest, from: literal.node, isEncoded: isEncoded) { return found }
    }
    guard let next = nodes[node].placeholder else { return nil }
    return match(rest, from: next, isEncoded: isEncoded)
  }

  @inline(__always)
  private func equals(_ segment: UnsafeBufferPointer<UInt8>, _ literal: Literal) -> Bool {
    guard segment.count == literal.count, let start = segment.baseAddress else { return false }
    return names.withUnsafeBytes { names in
      guard let base = names.baseAddress else { return false }
      return memcmp(start, base + literal.start, literal.count) == 0
    }
  }

  /// Whether the decoded segment equals the literal: `%75sers` is equivalent to `users` (RFC 3986, section 6.2.2.2).
  private func equalsDecoded(_ segment: UnsafeBufferPointer<UInt8>, _ literal: Literal) -> Bool {
    guard let decoded = PercentEncoding.decode(segment) else { return false }
    return decoded.utf8.elementsEqual(names[literal.start..<literal.start + literal.count])
  }
}
