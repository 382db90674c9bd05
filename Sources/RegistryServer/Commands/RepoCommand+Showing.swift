import ArgumentParser
import RegistryCore

extension RepoCommand {
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List all repositories.")

        @OptionGroup var options: AdministrationOptions

        func run() async throws {
            try await options.withAdministration { _, store in
                let found = try await store.summaries(pageSize: 1000)
                let table = Table(
                    header: ["NAME", "VISIBILITY"], rows: found.map { [$0.name.description, $0.visibility.rawValue] })
                let list = found.map { repository in
                    ConfigNode.map([
                        "name": .words(repository.name), "visibility": .words(repository.visibility.rawValue),
                    ])
                }
                try options.print(table.text, .list(list))
            }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show a repository, and who was granted what on it; or the grants on 'alice/*' or '*'."
        )

        @OptionGroup var options: AdministrationOptions

        @Argument(help: "As alice/app, 'alice/*' or '*'.", transform: Nouns.pattern)
        var pattern: RepositoryPattern

        func run() async throws {
            try await options.withAdministration { administration, store in
                guard case .repository(let name) = pattern else {
                    let grants = try await store.grants(on: pattern)
                    try options.print(grants.table.text, .list(grants.map(\.tree)))
                    return
                }
                let record = try await administration.repository(name)
                var grants: [GrantRecord] = []
                for pattern in name.patterns { grants += try await store.grants(on: pattern) }
                try options.print(record.text(grants), record.tree(grants))
            }
        }
    }
}

extension MetadataStore {
    /// All repositories, read page by page, so that a server that runs meanwhile is never held up for long.
    func summaries(pageSize: Int) async throws -> [(name: RepositoryName, visibility: Visibility)] {
        var all: [(name: RepositoryName, visibility: Visibility)] = []
        var last: String?
        while true {
            let page = try await repositories(.all, after: last, limit: pageSize)
            for name in page {
                // It may have been deleted since.
                guard let visibility = try await standing(of: nil, in: name).visibility else { continue }
                all.append((name, visibility))
            }
            guard page.count == pageSize else { return all }
            last = page.last?.description
        }
    }
}

extension [GrantRecord] {
    fileprivate var table: Table {
        Table(
            header: ["GRANT ON", "USER", "PERMISSION"],
            rows: map { [$0.pattern.description, $0.user.description, $0.permission.rawValue] })
    }
}

extension RepositoryRecord {
    private var owner: String? { name.isOneComponent ? nil : String(name.owner) }

    func text(_ grants: [GrantRecord]) -> String {
        let lines = [
            ("name", name.description), ("owner", owner ?? "-"), ("visibility", visibility.rawValue),
            ("created", created.description), ("tags", "\(tags)"), ("manifests", "\(manifests)"), ("blobs", "\(blobs)"),
            ("size", "\(size) bytes"),
        ]
        let text = lines.map { "\($0.padded(to: 12))\($1)\n" }.joined()
        return grants.isEmpty ? text : text + "\n" + grants.table.text
    }

    func tree(_ grants: [GrantRecord]) -> ConfigNode {
        .map([
            "name": .words(name), "owner": owner.map { .words($0) } ?? .null, "visibility": .words(visibility.rawValue),
            "created": .words(created), "tags": .text(tags), "manifests": .text(manifests), "blobs": .text(blobs),
            "size": .text(size), "grants": .list(grants.map(\.tree)),
        ])
    }
}
