#!/bin/sh
# José (Debian jose, written in C) for the interoperability tests; doc.go has the contract of the commands.
# Its command line looks for key_ops as the contract has them, so keys are taken as they are.

algorithms=$(jose alg)

has() {
	printf '%s\n' "$algorithms" | grep -qx -- "$1"
}

member() { # KEY NAME
	jose fmt -j "$1" -g "$2" -u- </dev/null
}

header() { # KEY NAME VALUE OTHERS
	value=
	if [ "$3" != - ]; then value=",\"$2\":\"$3\""; fi
	printf '{"protected":{%s,"kid":"%s"%s}}' "$4" "$(member "$1" kid)" "$value"
}

run() { # COMMAND KEY PARAMETER SOURCE TARGET
	case $1 in
	seal) jose jwe enc -i "$(header "$2" cty "$3" '"alg":"RSA-OAEP-256","enc":"A256GCM"')" -I "$4" -k "$2" -c -o "$5" ;;
	open) jose jwe dec -i "$4" -k "$2" -O "$5" ;;
	sign) jose jws sig -s "$(header "$2" typ "$3" '"alg":"PS512"')" -I "$4" -k "$2" -c -o "$5" ;;
	verify) jose jws ver -i "$4" -k "$2" -O "$5" ;;
	thumbprint) jose jwk thp -a S256 -i "$2" -o "$5" ;;
	generate) jose jwk gen -i '{"kty":"RSA","bits":4096,"alg":"PS512","key_ops":["sign"],"kid":"made-by-jose"}' -o "$5" ;;
	esac
}

lacks() { # COMMAND
	case $1 in
	seal | open) ! has RSA-OAEP-256 ;;
	sign | verify | generate) ! has PS512 ;;
	thumbprint) false ;;
	*) true ;;
	esac
}

while read -r command key parameter source target; do
	if lacks "$command"; then
		echo "lacks $command"
	elif said=$(run "$command" "$key" "$parameter" "$source" "$target" 2>&1 </dev/null); then
		echo done
	else
		echo "refused $said" | tr '\n' ' '
		echo
	fi
done
