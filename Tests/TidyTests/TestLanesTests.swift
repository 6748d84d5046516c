import Testing

@Suite struct TestLanesTests {
  @Test func `the script of the tests names targets that exist for its first lane`() {
    let checkout = Checkout.here
    let script = checkout.file("scripts/test.sh")?.text ?? ""
    let manifest = PackageManifest(checkout.file("Package.swift")?.text ?? "")
    #expect(TestLanes.first(in: script).count > 1)
    #expect(TestLanes.unknownTargets(in: script, manifest) == [])
  }

  @Test func `a name that is no target of tests is found`() {
    let manifest = PackageManifest(
      """
        targets: [
          shared("Clock", []),
          tests("ClockTests", at: "Base/ClockTests", ["Clock"]),
        ]
      """)
    let script = "set -e\nreadonly with_servers='(ClockTests|Clock|GoneTests)[.]'\n"
    #expect(TestLanes.unknownTargets(in: script, manifest) == ["Clock", "GoneTests"])
    #expect(TestLanes.first(in: "set -e") == [])
  }
}
