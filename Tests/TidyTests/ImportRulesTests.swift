import Testing

@Suite struct ImportRulesTests {
  private static let text = """
    let log = Target.Dependency.product(name: "Logging", package: "swift-log")
    let package = Package(
      targets: [
        // Values: [these] come first.
        .systemLibrary(name: "CThing", path: "Shared/System/CThing", pkgConfig: "thing"),
        shared("Values", at: "Values"),
        shared("Driver", at: "Engines/Thing/Driver", ["Values", "CThing", log]),
        shared(
          "Frame", at: "Frame",
          ["Driver"]),
        program("the-program", at: "Program", ["Frame"]),
        support("Support", ["Frame"]),
        tests("FrameTests", at: "Frame/FrameTests", ["Frame"]),
      ],
    )
    """
  private let rules = ImportRules(manifest: PackageManifest(text))

  private func file(_ path: String, _ text: String) -> SourceFile { SourceFile(path: path, text: text) }

  @Test func `targets are read with kind, folder and dependencies`() {
    let targets = rules.manifest.targets
    #expect(
      targets.map(\.name) == ["CThing", "Values", "Driver", "Frame", "the-program", "Support", "FrameTests"])
    #expect(targets[0].path == "Shared/System/CThing")
    #expect(targets[2].path == "Shared/Engines/Thing/Driver")
    #expect(targets[2].dependencies == ["Values", "CThing", "Logging"])
    #expect(targets[4].path == "Services/Program")
    #expect(targets[5].path == "Tests/Support")
    #expect(targets[5].dependencies == ["Frame"])
    #expect(targets[6].path == "Tests/Frame/FrameTests")
  }

  @Test func `an import that a library does not declare is found`() {
    #expect(rules.undeclaredImports(in: [file("Shared/Frame/A.swift", "import Driver\n")]) == [])
    let found = rules.undeclaredImports(in: [
      file("Shared/Frame/A.swift", "import Driver\n@testable import Values\n")
    ])
    #expect(found == ["Shared/Frame/A.swift: imports Values, which Frame does not declare"])
  }

  @Test func `an upward import and an undeclared package are found`() {
    #expect(
      rules.undeclaredImports(in: [file("Shared/Values/A.swift", "internal import struct Frame.A\n")]).count
        == 1)
    #expect(rules.undeclaredImports(in: [file("Shared/Values/A.swift", "import Logging\n")]).count == 1)
    #expect(
      rules.undeclaredImports(in: [file("Shared/Values/A.swift", "import Glibc\n// import Frame\n")]) == [])
  }

  @Test func `a program may import its dependencies' dependencies, and nothing above`() {
    #expect(
      rules.undeclaredImports(in: [file("Services/Program/A.swift", "import Values\nimport Logging\n")]) == []
    )
    #expect(rules.undeclaredImports(in: [file("Services/Program/A.swift", "import Support\n")]).count == 1)
  }

  @Test func `a C library with two users or none is found`() {
    let one = file("Shared/Engines/Thing/Driver/A.swift", "import CThing\n")
    #expect(rules.sharedCModules(in: [one]) == [])
    #expect(rules.sharedCModules(in: []).count == 1)
    #expect(rules.sharedCModules(in: [one, file("Shared/Frame/A.swift", "import CThing\n")]).count == 1)
  }

  @Test func `a dependency on a target below is found`() {
    let upwards = PackageManifest(
      "  targets: [\n shared(\"A\", at: \"A\", [\"B\"]),\n shared(\"B\", at: \"B\"),\n]")
    #expect(ImportRules(manifest: upwards).wrongOrder() == ["A is listed above its dependency B"])
  }

  @Test func `a dependency that is never imported is found`() {
    let files = [
      file("Shared/Frame/A.swift", "import Driver\n"),
      file("Shared/Engines/Thing/Driver/A.swift", "import Values\nimport CThing\n"),
      file("Tests/Support/A.swift", "import Frame\n"),
    ]
    #expect(rules.unusedDependencies(in: files) == ["Driver declares Logging and never imports it"])
  }
}
