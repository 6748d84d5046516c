import Testing

/// The checkout follows the rules of CONTRIBUTING.md. Each rule also has tests against code that breaks it.
@Suite struct TidyTests {
  private let checkout = Checkout.here
  private var manifest: PackageManifest { PackageManifest(checkout.file("Package.swift")?.text ?? "") }
  private var imports: ImportRules { ImportRules(manifest: manifest) }

  @Test func `the checkout and its targets are found`() {
    #expect(checkout.swift.count > 100)
    #expect(manifest.targets.count > 30)
    #expect(manifest.products.contains("Logging"))
  }

  @Test func `targets are listed bottom-up`() {
    #expect(imports.wrongOrder() == [])
  }

  @Test func `every import points down and is declared`() {
    #expect(imports.undeclaredImports(in: checkout.swift) == [])
  }

  @Test func `no library declares a dependency that it does not import`() {
    #expect(imports.unusedDependencies(in: checkout.swift) == [])
  }

  @Test func `each C library is imported by exactly one target`() {
    // A test may be a foreign peer, by the library itself.
    #expect(imports.sharedCModules(in: checkout.shipped.filter(\.isSwift)) == [])
  }

  @Test func `an engine is named in its folder and in a Composition, and nowhere else`() {
    #expect(EngineRules(manifest: manifest).violations(in: checkout.swift) == [])
    #expect(checkout.shipped.contains { $0.path == "Services/Bulkhead/Composition.swift" })
  }

  @Test(arguments: ["Base/Secrets", "Base/Encoding", "Base/Schema", "Base/JSON", "Net/HTTP", "Net/Routing"])
  func `a module of values imports no Foundation`(module: String) {
    let files = checkout.swift.filter { $0.isIn("Shared/\(module)") }
    #expect(!files.isEmpty)
    let foundation: Set = ["Foundation", "FoundationEssentials", "FoundationNetworking"]
    #expect(files.filter { !ImportRules.imports(of: $0).isDisjoint(with: foundation) }.map(\.path) == [])
  }

  @Test func `files are short`() {
    #expect(LengthRules.fileViolations(checkout.swift) == [])
  }

  @Test func `functions are short`() {
    #expect(LengthRules.functionViolations(checkout.swift) == [])
  }

  @Test(arguments: WordRules.bans.indices)
  func `banned words occur only where a reason allows them`(index: Int) {
    #expect(WordRules.violations(of: WordRules.bans[index], in: checkout.swift) == [])
  }

  @Test(arguments: ClientTextRule.bans.indices)
  func `a client's text is compared by its bytes`(index: Int) {
    #expect(WordRules.violations(of: ClientTextRule.bans[index], in: checkout.swift) == [])
  }

  @Test func `no file has a word that plain English does without`() {
    #expect(LanguageRule().violations(in: checkout.files) == [])
  }

  @Test func `names of files and folders describe their content`() {
    #expect(WordRules.emptyNames(in: checkout.files.map(\.path)) == [])
  }

  @Test func `no file contains a path of one machine or a note of unfinished work`() {
    #expect(WordRules.strayTexts(in: checkout.files) == [])
  }

  @Test func `no shell script pipes into a grep that ends at its first match`() {
    #expect(WordRules.pipesIntoQuietGrep(in: checkout.files) == [])
  }

  @Test func `no shell script declares a local of a name that is readonly in it`() {
    #expect(ShellNames.readonlyAndLocal(in: checkout.files) == [])
  }

  @Test func `no file is dead`() {
    #expect(DeadFiles.find(in: checkout.swift) == [])
  }

  @Test func `no member of a program is dead`() {
    #expect(DeadFiles.members(in: checkout.swift) == [])
  }

  @Test func `every test's name is a sentence`() {
    #expect(checkout.swift.filter { $0.isIn("Tests") }.flatMap(TestNames.unnamed) == [])
  }
}
