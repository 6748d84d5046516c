import Testing

@testable import PostgresAdministration

/// Which relations show rows of which others, by numbers in place of relations.
@Suite struct PostgresRelationsTests {
  /// 1 has the partitions 2 and 3, and 3 has 4; the view 5 reads 2, the view 6 reads 5, and 7 stands alone.
  private static let relations: PostgresRelations = {
    var relations = PostgresRelations()
    for (child, parent) in [(2, 1), (3, 1), (4, 3)] as [(Int64, Int64)] {
      relations.add(child: child, of: parent)
    }
    for (view, source) in [(5, 2), (6, 5)] as [(Int64, Int64)] { relations.add(view: view, of: source) }
    return relations
  }()

  @Test func `a table shows rows of its partitions and of the tables above, and not of its siblings`() {
    #expect(Self.relations.shown(by: 1) == [2, 3, 4])
    #expect(Self.relations.shown(by: 2) == [1])
    #expect(Self.relations.shown(by: 4) == [1, 3])
    #expect(Self.relations.ancestors(of: 4) == [1, 3] && Self.relations.ancestors(of: 1).isEmpty)
  }

  @Test func `a view shows rows of what it reads, through views too, and of the tables above that`() {
    #expect(Self.relations.shown(by: 5) == [1, 2])
    #expect(Self.relations.shown(by: 6) == [1, 2, 5])
    #expect(Self.relations.shown(by: 7).isEmpty)
  }

  @Test func `relations that read each other end`() {
    var relations = Self.relations
    relations.add(view: 5, of: 6)
    #expect(relations.shown(by: 5) == [1, 2, 6])
  }
}
