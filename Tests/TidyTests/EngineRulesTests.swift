import Testing

@Suite struct EngineRulesTests {
  private let rules = EngineRules(
    manifest: PackageManifest(
      """
        targets: [
          shared("ThingDriver", at: "Engines/Thing/Driver"),
          program("tool", at: "Tool", ["ThingDriver"]),
        ]
      """))

  private func violations(_ path: String, _ text: String) -> [String] {
    rules.violations(in: [SourceFile(path: path, text: text)])
  }

  @Test func `only an engine's folder and the compositions may import its module`() {
    #expect(violations("Services/Tool/Composition.swift", "import ThingDriver\n") == [])
    #expect(violations("Shared/Engines/Thing/Administration/A.swift", "import ThingDriver\n") == [])
    #expect(
      violations("Services/Tool/Command.swift", "import ThingDriver\n") == [
        "Services/Tool/Command.swift: imports ThingDriver"
      ])
  }

  @Test(arguments: ["case .postgresql: 1", "let a = isSQLite", "RedisGrants()", "func mySQLOnly()"])
  func `an identifier that names an engine is found`(code: String) {
    #expect(violations("Shared/Access/Planning/A.swift", code).count == 1)
    #expect(violations("Shared/Engines/Thing/Driver/A.swift", code) == [])
  }

  @Test(arguments: ["postgresql", "sqlite", "mysql", "redis"])
  func `a string that selects an engine is found`(name: String) {
    #expect(
      violations("Services/Tool/A.swift", "if type == \"\(name)\" { }") == [
        "Services/Tool/A.swift: has the string \"\(name)\""
      ])
  }

  @Test func `comments and messages may name engines`() {
    #expect(
      violations("Services/Tool/A.swift", "// Redis\nlet help = \"Everything happens on SQLite.\"") == [])
  }
}
