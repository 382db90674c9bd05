/// What people write for the nouns; each throws what is wrong with it.
extension Administration {
    package static func userName(_ text: String) throws(AdministrationError) -> UserName {
        if let name = UserName(text) { return name }
        throw AdministrationError(
            .invalid, "“\(text)” is no user's name: it has 1 to 128 ASCII letters, digits and . _ - @ +")
    }

    package static func repositoryName(_ text: String) throws(AdministrationError) -> RepositoryName {
        if let name = RepositoryName(text) { return name }
        throw AdministrationError(
            .invalid,
            "“\(text)” is no repository's name: it has components of lower-case letters and digits, with . _ or - "
                + "between them, as in alice/app"
        )
    }

    package static func pattern(_ text: String) throws(AdministrationError) -> RepositoryPattern {
        if let pattern = RepositoryPattern(text) { return pattern }
        if text.hasSuffix("/*"), let name = RepositoryName(String(text.dropLast(2))) {
            throw AdministrationError(
                .invalid,
                "“\(text)” is no pattern: a namespace is the first component of names, so \(name.owner)/* is one, "
                    + "and holds everything below it"
            )
        }
        throw AdministrationError(
            .invalid, "“\(text)” is no pattern; expected a repository (alice/app), a namespace (alice/*), or * for all")
    }

    package static func tokenName(_ text: String) throws(AdministrationError) -> String {
        // They go where users' names go.
        if UserName(text) != nil { return text }
        throw AdministrationError(
            .invalid, "“\(text)” is no token's name: it has 1 to 128 ASCII letters, digits and . _ - @ +")
    }

    /// One scope of several texts.
    package static func scope(_ texts: [String]) throws(AdministrationError) -> Scope {
        let expected =
            "expected repository:alice/app:pull,push (also delete; alice/* or * for the name), or registry:catalog:*"
        guard !texts.isEmpty else {
            throw AdministrationError(.invalid, "a token without a scope allows nothing; \(expected)")
        }
        var scope = Scope()
        for text in texts {
            guard scope.add(text), !text.hasSuffix(":") else {
                throw AdministrationError(.invalid, "“\(text)” is no scope; \(expected)")
            }
        }
        return scope
    }
}
