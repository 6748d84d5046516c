import Glibc
import HTTP

/// Finds a path's endpoint, segment by segment. Literals win over placeholders; where a literal leads
/// nowhere, the placeholder beside it is tried.
///
/// Nodes lie in one array and name each other by place: matching allocates nothing.
struct RouteTrie: Sendable {
  private struct Node: Sendable {
    var literals: [(name: [UInt8], node: Int)] = []
    var placeholder: Int?
    var endpoint: Int?
  }

  private var nodes = [Node()]

  /// The endpoint of a template, made where there is none.
  ///
  /// - Parameter make: Gives the number of a new endpoint.
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
      if let existing = nodes[node].literals.first(where: { $0.name == name }) { return existing.node }
      nodes[node].literals.append((name, nodes.count))
    case .placeholder:
      if let existing = nodes[node].placeholder { return existing }
      nodes[node].placeholder = nodes.count
    }
    nodes.append(Node())
    return nodes.count - 1
  }

  /// The endpoint of a path; nil when no template fits it.
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
    for (name, next) in nodes[node].literals
    where isEncoded ? Self.equalsDecoded(segment, name) : Self.equals(segment, name) {
      if let found = match(rest, from: next, isEncoded: isEncoded) { return found }
    }
    guard let next = nodes[node].placeholder else { return nil }
    return match(rest, from: next, isEncoded: isEncoded)
  }

  @inline(__always)
  private static func equals(_ segment: UnsafeBufferPointer<UInt8>, _ name: [UInt8]) -> Bool {
    guard segment.count == name.count, let start = segment.baseAddress else { return false }
    return memcmp(start, name, name.count) == 0
  }

  /// `%75sers` names what `users` names (RFC 3986, section 6.2.2.2).
  private static func equalsDecoded(_ segment: UnsafeBufferPointer<UInt8>, _ name: [UInt8]) -> Bool {
    guard let decoded = PercentEncoding.decode(segment) else { return false }
    return decoded.utf8.elementsEqual(name)
  }
}
