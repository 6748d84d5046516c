import Testing

@Suite struct TestLanesTests {
  @Test func `the script of the tests names targets that exist for its lanes`() {
    let checkout = Checkout.here
    let script = checkout.file("scripts/test.sh")?.text ?? ""
    let manifest = PackageManifest(checkout.file("Package.swift")?.text ?? "")
    #expect(TestLanes.targets(in: script).count > 1)
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
    let script = "set -e\nreadonly lanes=('one 3 ClockTests' 'two 3 Clock|GoneTests' 'rest 2 ')\n"
    #expect(TestLanes.unknownTargets(in: script, manifest) == ["Clock", "GoneTests"])
    #expect(TestLanes.targets(in: "set -e") == [])
  }
}
