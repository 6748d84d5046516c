import Testing

@Suite struct FunctionScannerTests {
  private func names(_ text: String) -> [String] { FunctionScanner.functions(in: text).map(\.name) }

  @Test func `a function is measured from its keyword to its closing brace`() {
    let text = "struct A {\n  func long(\n    a: Int\n  ) {\n    if a > 0 { }\n  }\n}\n"
    #expect(FunctionScanner.functions(in: text) == [ScannedFunction(name: "long", line: 2, lineCount: 5)])
  }

  @Test func `braces in strings and comments do not count`() {
    let text = "func a() {\n  let x = \"}\" // }\n  /* } */\n}\n"
    #expect(FunctionScanner.functions(in: text).map(\.lineCount) == [4])
  }

  @Test func `initialisers, deinitialisers and nested functions are found`() {
    let text = "class A { init?(a: Int) { func inner() { } } deinit { } subscript(i: Int) -> Int { 1 } }"
    #expect(names(text) == ["init", "inner", "deinit", "subscript"])
  }

  @Test func `a call of an initialiser is not a declaration`() {
    #expect(names("func a() { self.init(b); let c = B.init(d) { e } }") == ["a"])
  }

  @Test func `a requirement of a protocol has no body`() {
    #expect(
      names("protocol P { func a() -> Int\n  func b() throws(E)\n  var c: Int { get } }\nfunc d() { }") == [
        "d"
      ])
  }

  @Test func `the closure of a default argument is not the body`() {
    let text = "func a(b: () -> Void = { c() }) {\n\n\n}"
    #expect(FunctionScanner.functions(in: text).map(\.lineCount) == [4])
  }
}
