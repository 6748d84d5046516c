/// A route's path, split into segments: `/v1/users/{id}` is `v1`, `users` and a placeholder.
struct PathTemplate: Sendable, Hashable {
  enum Segment: Sendable, Hashable {
    case literal([UInt8])
    case placeholder(String)
  }

  let text: String
  let segments: [Segment]

  /// Nil when the text is not a template. A template begins with a slash, has no empty segment (except "/" itself), and
  /// names each placeholder once.
  init?(_ text: String) {
    guard text.hasPrefix("/") else { return nil }
    self.text = text
    let parts = text == "/" ? [] : text.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
    var segments: [Segment] = []
    for part in parts {
      guard let segment = Self.segment(part) else { return nil }
      segments.append(segment)
    }
    self.segments = segments
    guard Set(placeholders).count == placeholders.count else { return nil }
  }

  private static func segment(_ part: Substring) -> Segment? {
    guard part.contains(where: { $0 == "{" || $0 == "}" }) else {
      return part.isEmpty ? nil : .literal(Array(part.utf8))
    }
    let name = part.dropFirst().dropLast()
    guard part.hasPrefix("{"), part.hasSuffix("}"), !name.isEmpty,
      !name.contains(where: { $0 == "{" || $0 == "}" })
    else { return nil }
    return .placeholder(String(name))
  }

  /// The names of the placeholders, in order.
  var placeholders: [String] {
    segments.compactMap { segment in
      switch segment {
      case .literal: nil
      case .placeholder(let name): name
      }
    }
  }

  /// The segments without the names of placeholders. Two templates with equal shapes match the same paths.
  var shape: [[UInt8]?] {
    segments.map { segment in
      switch segment {
      case .literal(let name): name
      case .placeholder: nil
      }
    }
  }

  /// The indices of the placeholder segments.
  var placeholderPositions: [Int] {
    segments.indices.filter { index in
      switch segments[index] {
      case .literal: false
      case .placeholder: true
      }
    }
  }
}
