import Routing

extension UserHandlers {
  func addRoutes(to router: inout Router) {
    router.post("/v1/users", summary: "Sign up", access: .anyone, handler: create)
    router.get("/v1/users", summary: "All users, a page at a time", access: .operators, handler: list)
    router.get("/v1/users/{id}", summary: "One user", access: .signedIn, handler: read)
    router.patch("/v1/users/{id}", summary: "Change a user", access: .signedIn, handler: update)
    router.delete("/v1/users/{id}", summary: "Remove a user with all that is theirs", access: .signedIn, handler: delete)
  }
}
