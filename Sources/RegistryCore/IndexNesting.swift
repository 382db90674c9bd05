/// How far indexes may list indexes. The image specification has no bound, and whoever walks from a tag down to its images, or from
/// a blob up to its tags, goes as far as somebody has pushed.
///
/// What counts are entries that are manifests. One that says that it is something else is a leaf, to clients as well.
package enum IndexNesting {
    /// How many levels of manifests there may be below an index. In use are two: the platforms, and of each its image beside what
    /// attests to it. containerd has no bound; programs that have one follow three to eight levels, and what is deeper could be
    /// pushed and not be pulled.
    package static let levels = 8
    /// How many entries all the indexes below one may have. Looking at them holds up everybody else who writes, and whoever pushes
    /// so many has paid for it once, while an index that lists the uppermost of them is small. Its own entries do not count.
    package static let entries = 20_000

    /// What is wrong with an index.
    package enum Flaw: Sendable, Hashable {
        case deep, wide

        package var message: String {
            switch self {
            case .deep: "indexes may list each other \(IndexNesting.levels) levels deep, and these would go deeper"
            case .wide: "the indexes that it lists have more than \(IndexNesting.entries.grouped) entries"
            }
        }
    }
}
