/// Suggests the word that an author probably meant, for error messages.
package enum Spelling {
  /// `; did you mean 'users'?` where a candidate is at most two edits away, else an empty text.
  package static func hint(for word: String, among candidates: [String]) -> String {
    nearest(to: word, among: candidates).map { "; did you mean '\($0)'?" } ?? ""
  }

  /// The candidate that is at most two edits away.
  static func nearest(to word: String, among candidates: [String]) -> String? {
    let nearest = candidates.filter { $0 != word }.map { (distance(word, $0), $0) }.min { $0.0 < $1.0 }
    return nearest.flatMap { $0.0 <= maximumEdits ? $0.1 : nil }
  }

  private static let maximumEdits = 2

  /// The Levenshtein distance, row by row.
  private static func distance(_ left: String, _ right: String) -> Int {
    let right = Array(right.utf8)
    var row = Array(0...right.count)
    for (index, byte) in left.utf8.enumerated() {
      var diagonal = row[0]
      row[0] = index + 1
      for column in right.indices {
        let substitution = diagonal + (byte == right[column] ? 0 : 1)
        diagonal = row[column + 1]
        row[column + 1] = min(substitution, diagonal + 1, row[column] + 1)
      }
    }
    return row[right.count]
  }
}
