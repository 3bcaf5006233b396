package postgres

import "context"

// Notes tells, in sentences, how the server is set up otherwise than a failover needs it: what was acknowledged could be lost then, although
// it is on the disk of the server that acknowledged it. Nothing of it can be seen while it happens.
func (s *Store) Notes(ctx context.Context) (notes []string, err error) {
	ctx, cancel := s.limit(ctx)
	defer cancel()
	var commits, standbys string
	err = s.pool.QueryRow(ctx, "select current_setting('synchronous_commit'), current_setting('synchronous_standby_names')").Scan(&commits, &standbys)
	if err != nil {
		return nil, s.broken(ctx, err)
	}
	several := len(hosts(s.pool.Config().ConnConfig)) > 1
	switch {
	case standbys == "" && several:
		notes = append(notes, "the DSN names several servers, and synchronous_standby_names is empty: when another one takes over, what was acknowledged last may be lost; set it on each of them")
	case standbys != "" && (commits == "local" || commits == "remote_write"):
		notes = append(notes, "synchronous_commit is "+commits+": what is acknowledged is not yet on the disk of the standby; set it to on")
	}
	return notes, nil
}
