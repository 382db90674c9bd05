/// Everything that a storage must do.
public enum StorageConformance {
    public static let cases = contents + resuming + ending + unfinished + listing + concurrency
}
