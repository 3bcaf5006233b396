# Crypt::JWT (Debian libcrypt-jwt-perl) for the interoperability tests; doc.go has the contract of the commands.
use strict;
use warnings;

use Crypt::JWT qw(encode_jwt decode_jwt);
use Crypt::Misc qw(decode_b64 encode_b64u);
use Crypt::PK::RSA;
use JSON;

sub read_file {
    my ($path) = @_;
    open my $file, '<:raw', $path or die "$path: $!";
    local $/;
    return scalar <$file> // '';
}

sub write_file {
    my ($path, $bytes) = @_;
    open my $file, '>:raw', $path or die "$path: $!";
    print {$file} $bytes;
    close $file or die "$path: $!";
}

sub load { return decode_json(read_file($_[0])) }

sub seal {
    my ($path, $cty, $plain, @more) = @_;
    my $key    = load($path);
    my $header = { kid => $key->{kid} };
    $header->{cty} = $cty if $cty ne '-';
    return encode_jwt(
        alg => 'RSA-OAEP-256', enc => 'A256GCM', key => $key, extra_headers => $header,
        payload => read_file($plain), @more,
    );
}

sub open_jwe {
    my ($path, undef, $compact) = @_;
    my $plain = decode_jwt(
        accepted_alg => 'RSA-OAEP-256', accepted_enc => 'A256GCM', key => load($path), decode_payload => 0,
        token => read_file($compact),
    );
    return $plain // die 'the tag does not hold';    # decode_jwt dies of everything else, but not of this
}

sub sign {
    my ($path, $typ, $payload) = @_;
    my $key = load($path);
    return encode_jwt(
        alg => 'PS512', key => $key, extra_headers => { kid => $key->{kid}, typ => $typ },
        payload => read_file($payload),
    );
}

sub verify {
    my ($path, undef, $compact) = @_;
    return decode_jwt(accepted_alg => 'PS512', key => load($path), decode_payload => 0, token => read_file($compact));
}

# Crypt::JWT always takes a salt of 64 bytes, so this signs one layer below, with the library that it uses.
sub salt {
    my ($path, $typ, $payload) = @_;
    my $key    = load($path);
    my $header = encode_json({ alg => 'PS512', kid => $key->{kid}, typ => $typ });
    my $signed = encode_b64u($header) . '.' . encode_b64u(read_file($payload));
    return "$signed." . encode_b64u(Crypt::PK::RSA->new($key)->sign_message($signed, 'SHA512', 'pss', 32));
}

sub thumbprint { return Crypt::PK::RSA->new(load($_[0]))->export_key_jwk_thumbprint('SHA256') }

sub certified {
    my $leaf = decode_b64(load($_[0])->{x5c}[0]);
    return Crypt::PK::RSA->new(\$leaf)->export_key_jwk_thumbprint('SHA256');
}

my %commands = (
    seal => \&seal, deflate => sub { return seal(@_, zip => 'deflate') },
    open => \&open_jwe, inflate => \&open_jwe, sign => \&sign, verify => \&verify, salt => \&salt, thumbprint => \&thumbprint, certified => \&certified,
);

sub answer {
    my ($command, $key, $parameter, $source, $target) = @_;
    my $run = $commands{$command} or return "lacks $command";
    return 'done' if eval { write_file($target, $run->($key, $parameter, $source)); 1 };
    return 'refused ' . join ' ', split /\s+/, $@;
}

$| = 1;
while (my $line = <STDIN>) {
    print answer(split ' ', $line), "\n";
}
