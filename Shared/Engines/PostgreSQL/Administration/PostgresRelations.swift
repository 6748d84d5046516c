/// Which relations show rows of which others. Pure.
///
/// A policy limits the reading of the relation that a statement names. A partition, a parent and a view show the same rows
/// under policies of their own, or under none.
struct PostgresRelations {
  private var parents: [Int64: Set<Int64>] = [:]
  private var children: [Int64: Set<Int64>] = [:]
  private var sources: [Int64: Set<Int64>] = [:]

  /// Adds a partition, or a child by inheritance.
  mutating func add(child: Int64, of parent: Int64) {
    parents[child, default: []].insert(parent)
    children[parent, default: []].insert(child)
  }

  /// Adds a view, or a materialized view, that reads `source`.
  mutating func add(view: Int64, of source: Int64) {
    sources[view, default: []].insert(source)
  }

  /// The parents of a table, and theirs.
  func ancestors(of table: Int64) -> Set<Int64> { Self.reached(from: table, by: parents) }

  /// The relations of which it shows rows, without itself. Two partitions of one table share no row.
  func shown(by relation: Int64) -> Set<Int64> {
    var found: Set<Int64> = []
    for read in Self.reached(from: relation, by: sources).union([relation]) {
      found.formUnion(Self.reached(from: read, by: parents))
      found.formUnion(Self.reached(from: read, by: children))
      found.insert(read)
    }
    return found.subtracting([relation])
  }

  private static func reached(from start: Int64, by edges: [Int64: Set<Int64>]) -> Set<Int64> {
    var found: Set<Int64> = []
    var next = [start]
    while let node = next.popLast() {
      for other in edges[node] ?? [] where found.insert(other).inserted { next.append(other) }
    }
    return found
  }
}
