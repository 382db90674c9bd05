/// What somebody may do with a repository. Each includes those before it.
package enum Permission: String, Sendable, Hashable, CaseIterable, Comparable {
    /// Pull, list tags and referrers, mount from there.
    case read
    /// Push, mount into it, tag, delete.
    case write
    /// What the owner may.
    case admin

    package static func < (a: Permission, b: Permission) -> Bool { a.rank < b.rank }

    private var rank: Int {
        switch self {
        case .read: 0
        case .write: 1
        case .admin: 2
        }
    }
}

/// Who may read a repository without a grant.
package enum Visibility: String, Sendable, Hashable, CaseIterable {
    /// Every user; those without a name too, where `access.anonymous` lets them.
    case `public`
    /// Its owner.
    case `private`
}

/// The repositories that a grant or a token is about.
package enum RepositoryPattern: Sendable, Hashable, CustomStringConvertible {
    /// `alice/app`
    case repository(RepositoryName)
    /// `alice/*`: everything whose first component is `alice`.
    case namespace(String)
    /// `*`: everything; whoever may administer that is an administrator.
    case all

    /// nil unless `text` is one of the three.
    package init?(_ text: some StringProtocol) {
        if text == "*" {
            self = .all
        } else if text.hasSuffix("/*") {
            guard let owner = RepositoryName(String(text.dropLast(2))), owner.isOneComponent else { return nil }
            self = .namespace(owner.description)
        } else if let name = RepositoryName(String(text)) {
            self = .repository(name)
        } else {
            return nil
        }
    }

    package func covers(_ name: RepositoryName) -> Bool {
        switch self {
        case .repository(let own): own == name
        case .namespace(let owner): !name.isOneComponent && name.owner == owner
        case .all: true
        }
    }

    package var description: String {
        switch self {
        case .repository(let name): name.description
        case .namespace(let owner): "\(owner)/*"
        case .all: "*"
        }
    }
}

extension RepositoryName {
    /// `ubuntu`: in nobody's namespace.
    package var isOneComponent: Bool { !description.utf8.contains(UInt8(ascii: "/")) }

    /// The patterns that cover it.
    package var patterns: [RepositoryPattern] {
        isOneComponent
            ? [.repository(self), .all] : [.repository(self), .namespace(String(owner)), .all]
    }
}
