internal import RegistryCore

/// The registry's nouns out of a row. What does not parse was not written by us: the file is damaged.
extension Row {
    func digest(_ column: CInt) throws -> Digest {
        let bytes = textBytes(column)
        // Without the general parser: this is on the way of every pull.
        for algorithm in Digest.Algorithm.allCases
        where bytes.count == algorithm.rawValue.utf8.count + 1 + algorithm.hexLength {
            let hex = String(decoding: bytes.suffix(algorithm.hexLength), as: UTF8.self)
            if let digest = Digest(algorithm, hex: hex) { return digest }
        }
        throw damaged("digest", column)
    }

    func repositoryName(_ column: CInt) throws -> RepositoryName {
        guard let name = RepositoryName(text(column)) else { throw damaged("repository name", column) }
        return name
    }

    func tag(_ column: CInt) throws -> Tag {
        guard let tag = Tag(text(column)) else { throw damaged("tag", column) }
        return tag
    }

    func timestamp(_ column: CInt) -> Timestamp {
        Timestamp(milliseconds: integer(column))
    }

    func userName(_ column: CInt) throws -> UserName {
        guard let name = UserName(text(column)) else { throw damaged("user name", column) }
        return name
    }

    func visibility(_ column: CInt) throws -> Visibility {
        guard let visibility = Visibility(rawValue: text(column)) else { throw damaged("visibility", column) }
        return visibility
    }

    func permission(_ column: CInt) throws -> Permission {
        guard let permission = Permission(rawValue: text(column)) else { throw damaged("permission", column) }
        return permission
    }

    func pattern(_ column: CInt) throws -> RepositoryPattern {
        guard let pattern = RepositoryPattern(text(column)) else { throw damaged("pattern of repositories", column) }
        return pattern
    }

    /// Its texts with a space between them.
    func scope(_ column: CInt) throws -> Scope {
        var scope = Scope()
        for text in text(column).split(separator: " ") {
            guard scope.add(text) else { throw damaged("scope", column) }
        }
        return scope
    }

    private func damaged(_ what: String, _ column: CInt) -> DamagedRow {
        DamagedRow(description: "no \(what): \(text(column).debugDescription)")
    }
}

struct DamagedRow: Error, CustomStringConvertible {
    let description: String
}
