// Package backup copies the embedded store of one environment and its files into a folder while a node serves them, and puts them back.
//
// # What is in a backup
//
//	vierkant.db       the records, as they were at one moment (bolt.Store.Copy)
//	blobs/3f/a1/…     the large bodies that these records name, and no others
//	key               the key file, if that was asked for
//	SHA256SUMS        a line for each of the files above, as "sha256sum -c" reads it
//	manifest.json     what this is a backup of, from when, and the digest of SHA256SUMS, authenticated by the key file
//
// It lies there as it does in a data folder, so that it is of use without this program, too. Everything in it is sealed or wrapped as it is in the
// data folder; with the key file beside them secrets and private keys could be read, so that stays out unless somebody says otherwise.
//
// # One moment
//
// What was acknowledged before the moment is in the backup. Blobs are written before the records that name them and deleted after: so it is enough
// to keep from the beginning on what is deleted (blobdir.Dir.Hold), to copy the records, and then to copy what the copied records name. They are
// immutable, so that they may be copied at leisure. Rejected: a snapshot by the file system, which not everybody has and which
// knows nothing of digests; and a log of changes that is shipped on, which bbolt does not have: whoever must not lose the time between
// two backups uses PostgreSQL and its replication.
//
// # Whole or not at all
//
// A backup is written as TARGET.partial, synced, and renamed in the end: a folder with the name that was asked for is whole, whatever happened. What a
// killed process left is removed by the next backup to the same place. A restored data folder has a mark from before the first file until
// everything is copied, synced and checked, and a node serves no folder with that mark; restoring again begins anew.
//
// # Invariants
//
//   - No read transaction is longer than it takes to read a MiB, or what is left for the last moment of the copy, which is bounded.
//   - Memory does not grow with the data.
//   - A disk that is also that of the data is not filled to its end: a store that cannot write ends its node.
//   - Nothing is restored that is not, byte for byte, what SHA256SUMS says, and no file that it does not name.
package backup
